/** The database folder itself: made once and whole, checked for its version, its password set again after a restore. */
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import type { DataFolder } from '../data-folder.ts'
import { failure } from '../failure.ts'
import { newPassword, scramVerifier, syncFolder, writePrivateFile } from '../secret.ts'
import { bareEnvironment, giveToDatabase, type Account } from './account.ts'
import type { Binaries } from './binaries.ts'
import { troubleFrom } from './trouble.ts'

type Tools = { readonly binaries: Binaries; readonly account: Account }

/** Danish sorting with ICU; where this build or machine lacks one of them, the next best that knows all letters. */
const locales = [
  ['--locale=C.UTF-8', '--locale-provider=icu', '--icu-locale=da-DK'],
  ['--locale=C', '--locale-provider=icu', '--icu-locale=da-DK'],
  ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
]

/**
 * Makes the database folder on first use (whole or not at all) and returns the owner's password.
 * Throws `postgres/missing`, `/newer-folder`, `/older-folder`, `/corrupt`, `/disk-full`, `/permissions` or
 * `/start-failed`.
 */
export async function prepareCluster(folder: DataFolder, tools: Tools): Promise<{ password: string; fresh: boolean }> {
  const fresh = !fs.existsSync(folder.pg) || fs.readdirSync(folder.pg).length === 0
  if (!fresh) checkVersion(folder.pg, tools.binaries.major)
  const known = readPassword(folder)
  const password = known ?? newPassword()
  if (fresh && known !== undefined) throw missing(folder)
  if (fresh) await initialise(folder, { ...tools, password })
  if (!fresh && known === undefined) await resetPassword(folder, { ...tools, password })
  if (known === undefined) writePrivateFile(passwordFile(folder), password)
  return { password, fresh }
}

/** The owner's password, or undefined before the first start and after a restore without the state folder. */
export function readPassword(folder: DataFolder): string | undefined {
  const file = passwordFile(folder)
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : undefined
}

function passwordFile(folder: DataFolder): string {
  return path.join(folder.state, 'postgres-owner')
}

function checkVersion(pgFolder: string, major: number): void {
  const file = path.join(pgFolder, 'PG_VERSION')
  const found = fs.existsSync(file) ? Number(fs.readFileSync(file, 'utf8')) : 0
  if (!found) throw troubleFrom('missing or erroneous PG_VERSION', pgFolder)
  if (found !== major) throw otherVersion(found, major)
}

async function initialise(folder: DataFolder, tools: Tools & { password: string }): Promise<void> {
  const verifier = `${folder.pg}.verifier`
  let words = ''
  try {
    writePrivateFile(verifier, scramVerifier(tools.password))
    giveToDatabase(verifier, tools.account)
    for (const locale of locales) {
      const made = emptyFolder(`${folder.pg}.new`, tools.account)
      const result = await run([tools.binaries.initdb, ...initArguments(made, verifier, locale)], tools.account)
      words = result.words
      if (result.code === 0) return moveInPlace(made, folder.pg)
      if (!/locale|ICU|collat/i.test(words)) break
    }
  } finally {
    fs.rmSync(verifier, { force: true })
    fs.rmSync(`${folder.pg}.new`, { recursive: true, force: true })
  }
  throw troubleFrom(words, folder.pg)
}

function initArguments(target: string, verifier: string, locale: readonly string[]): string[] {
  const fixed = ['--encoding=UTF8', '--data-checksums', '--auth=scram-sha-256', '--username=postgres']
  return ['-D', target, ...fixed, `--pwfile=${verifier}`, '--text-search-config=danish', ...locale]
}

function emptyFolder(target: string, account: Account): string {
  fs.rmSync(target, { recursive: true, force: true })
  fs.mkdirSync(target, { mode: 0o700 })
  giveToDatabase(target, account)
  return target
}

function moveInPlace(made: string, target: string): void {
  fs.renameSync(made, target)
  syncFolder(path.dirname(target))
}

/** A database restored without its state folder: sets the owner's password with no server running. */
async function resetPassword(folder: DataFolder, tools: Tools & { password: string }): Promise<void> {
  const sql = `alter role postgres password '${scramVerifier(tools.password)}'\n`
  const commandLine = ['--single', '-D', folder.pg, '-c', 'log_min_error_statement=panic', 'postgres']
  const { code, words } = await run([tools.binaries.postgres, ...commandLine], tools.account, sql)
  if (code !== 0 || /ERROR|FATAL|PANIC/.test(words)) throw troubleFrom(words, folder.pg)
}

type Ended = { readonly code: number; readonly words: string }

/** Runs a program; `command` is its path and its arguments. */
function run([file, ...args]: readonly [string, ...string[]], account: Account, input = ''): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { ...account, cwd: path.parse(file).root, env: bareEnvironment() })
    let words = ''
    child.stdout.resume()
    child.stderr.setEncoding('utf8').on('data', (text: string) => (words = (words + text).slice(-20_000)))
    child.stdin.on('error', () => undefined).end(input)
    child.once('error', reject)
    child.once('close', code => resolve({ code: code ?? 1, words }))
  })
}

/** The state folder remembers a database that is not there: an empty one in its place would hide the loss. */
function missing(folder: DataFolder): Error {
  const remembered = passwordFile(folder)
  return failure({
    code: 'postgres/missing',
    da: `Databasen i ${folder.pg} er væk, men ${remembered} viser, at der har været en.`,
    en: `The database in ${folder.pg} is gone, but ${remembered} shows that there was one.`,
    remedy: {
      da: `Tilslut drevet, eller indlæs sikkerhedskopien. Skal alt begynde forfra, så flyt ${remembered} væk.`,
      en: `Mount the drive, or restore the backup. To begin with nothing, move ${remembered} away.`,
    },
  })
}

function otherVersion(found: number, major: number): Error {
  const newer = found > major
  return failure({
    code: newer ? 'postgres/newer-folder' : 'postgres/older-folder',
    da: `Databasen er lavet af PostgreSQL ${found}; dette program har PostgreSQL ${major}.`,
    en: `The database was made by PostgreSQL ${found}; this program has PostgreSQL ${major}.`,
    remedy: newer
      ? { da: 'Brug den nyere udgave af programmet.', en: 'Use the newer release of the program.' }
      : {
          da: `Kør den tidligere udgave, eller peg DATABASE_URL på en PostgreSQL ${found}, der bruger disse data.`,
          en: `Run the earlier release, or point DATABASE_URL at a PostgreSQL ${found} that serves this data.`,
        },
  })
}
