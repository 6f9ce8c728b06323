// Starts programs of this project under Node 24 or newer, whatever Node runs this file (18 or newer).
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const oldest = 24
const platforms = { win32: 'win' }
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']

/** The project's own folder. */
export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))

/** What our own process must not be able to do: reach prototypes by name, make code from text, open a debugger. */
export const processFlags = [
  '--disable-proto=delete',
  '--disallow-code-generation-from-strings',
  '--disable-sigusr1',
  '--report-exclude-env',
]

/** The path of a Node that is new enough, or undefined: the running one, else the one in node_modules. */
export function findNode() {
  if (Number(process.versions.node.split('.')[0]) >= oldest) return process.execPath
  const name = `node-${platforms[process.platform] ?? process.platform}-${process.arch}`
  try {
    const folder = path.dirname(createRequire(import.meta.url).resolve(`${name}/package.json`))
    const file = path.join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
    return fs.existsSync(file) ? file : undefined
  } catch {
    return undefined
  }
}

/** The program of `indsigt`: the bundle of a release, or the source in a checkout. */
export function findProgram() {
  const [bundle, source] = [path.join(root, 'dist', 'indsigt.js'), path.join(root, 'src', 'cli.ts')]
  return fs.existsSync(bundle) && !fs.existsSync(source) ? bundle : source
}

/** Runs `node …args` under Node 24 and resolves to its exit code (128 + number after a signal). */
export async function runNode(args) {
  const node = findNode()
  if (node) return runChild(node, args)
  process.stderr.write(
    `Der kræves Node.js ${oldest} eller nyere; dette er ${process.versions.node}, og ingen nyere fulgte med ` +
      `til ${process.platform}-${process.arch}.\nInstallér den fra https://nodejs.org, eller kør npm ci igen.\n` +
      `Node.js ${oldest} or newer is needed; this is ${process.versions.node}, and no newer one came along ` +
      `for ${process.platform}-${process.arch}.\nInstall it from https://nodejs.org, or run npm ci again.\n`,
  )
  return 3
}

/** Runs a program, hands signals on to it and waits for its own end. */
export function runChild(file, args, options = {}) {
  return new Promise(resolve => {
    const child = spawn(file, args, { stdio: 'inherit', ...options })
    const stopForwarding = forwardSignals(child)
    child.once('error', error => {
      stopForwarding()
      process.stderr.write(`${file}: ${error.message}\n`)
      resolve(3)
    })
    child.once('exit', (code, signal) => {
      stopForwarding()
      resolve(code ?? 128 + signalNumber(signal))
    })
  })
}

/** A terminal and npm may both send the same signal; the same one within a second is handed on once. */
function forwardSignals(child) {
  const last = new Map()
  const listeners = signals.map(signal => {
    const listener = () => {
      if (Date.now() - (last.get(signal) ?? 0) < 1000) return
      last.set(signal, Date.now())
      child.kill(signal)
    }
    process.on(signal, listener)
    return () => process.off(signal, listener)
  })
  return () => listeners.forEach(stop => stop())
}

function signalNumber(signal) {
  return { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGABRT: 6, SIGKILL: 9, SIGSEGV: 11, SIGTERM: 15 }[signal] ?? 1
}
