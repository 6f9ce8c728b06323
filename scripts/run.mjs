// npm start, test, bench, check, format and build: installs the packages when needed, then runs the right program.
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { findProgram, processFlags, root, runChild, runNode } from './launch.mjs'

const stamp = path.join(root, 'node_modules', '.indsigt-installed')
const tool = name => path.join(root, 'node_modules', ...name.split('/'))
const prettier = (...args) => [tool('prettier/bin/prettier.cjs'), ...args]

const tasks = {
  start: args => [[...processFlags, findProgram(), 'serve', ...(args.length > 0 ? args : ['--demo'])]],
  test: args => [['test/run.ts', ...args]],
  bench: args => [[...processFlags, 'bench/run.ts', ...args]],
  check: () => [['test/run.ts', '--checks']],
  format: args => [prettier('--write', '--log-level', 'warn', ...(args.length > 0 ? args : ['.']))],
  build: args => [
    ['scripts/build.ts', ...args],
    ['scripts/build-sdk.ts', ...args],
  ],
}

process.exitCode = await main(process.argv[2] ?? '', process.argv.slice(3))

/** Resolves to the exit code: that of the first step that fails, 0 when all went well, 2 for wrong use. */
async function main(name, args) {
  if (!Object.hasOwn(tasks, name)) {
    process.stderr.write(`Brug · Usage: node scripts/run.mjs ${Object.keys(tasks).join('|')} [args…]\n`)
    return 2
  }
  const failed = await installWhenNeeded()
  if (failed !== 0) return failed
  // Paths that the user gives are meant from where the user stands; the tools work in the project's folder.
  if (name !== 'start') process.chdir(root)
  return runAll(tasks[name](args))
}

/** Runs every step, so that one failing check does not hide the next. */
async function runAll(steps) {
  let first = 0
  for (const step of steps) {
    const code = await runNode(step)
    if (code > 128) return code
    first ||= code
  }
  return first
}

async function installWhenNeeded() {
  const wanted = fingerprint()
  if (readText(stamp) === wanted) return 0
  if (!isInstalled()) {
    process.stderr.write(
      'Installerer pakker, det tager omkring et halvt minut … · Installing packages, about half a minute …\n',
    )
    const code = await install()
    if (code !== 0) return explainFailure(code)
  }
  fs.writeFileSync(stamp, wanted)
  return 0
}

/** npm's own words go to standard error: standard output belongs to the program. */
function install() {
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const npm = process.env.npm_execpath
  const options = { cwd: root, stdio: ['ignore', 2, 2] }
  if (npm && /npm-cli\.c?js$/.test(npm)) return runChild(process.execPath, [npm, ...args], options)
  return process.platform === 'win32'
    ? runChild('npm.cmd', args, { ...options, shell: true })
    : runChild('npm', args, options)
}

function explainFailure(code) {
  process.stderr.write(
    'Pakkerne kunne ikke installeres. Kontrollér netforbindelsen og skriveadgangen til mappen, og prøv igen.\n' +
      'The packages could not be installed. Check the network and write access to the folder, and try again.\n',
  )
  return code
}

function fingerprint() {
  const lock = fs.readFileSync(path.join(root, 'package-lock.json'))
  return `${createHash('sha256').update(lock).digest('hex')} ${process.platform}-${process.arch}\n`
}

/** True after an `npm ci` of the user's own: npm notes what it installed, and each wanted package is as the lock says. */
function isInstalled() {
  const noted = readJson(path.join(root, 'node_modules', '.package-lock.json'))?.packages
  const wanted = readJson(path.join(root, 'package-lock.json'))?.packages
  if (!noted || !wanted) return false
  return Object.entries(wanted).every(([place, one]) => {
    if (place === '') return true
    if (noted[place]) return noted[place].version === one.version && fs.existsSync(path.join(root, place))
    return one.optional === true && !isForThisMachine(one)
  })
}

function isForThisMachine(one) {
  const fits = (list, value) => !list || (list.includes(value) && !list.includes(`!${value}`))
  return fits(one.os, process.platform) && fits(one.cpu, process.arch) && fits(one.libc, systemLibrary())
}

function systemLibrary() {
  if (process.platform !== 'linux') return undefined
  process.report.excludeNetwork = true
  return process.report.getReport().header.glibcVersionRuntime ? 'glibc' : 'musl'
}

function readJson(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

function readText(file) {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : undefined
}
