/**
 * Runs everything that must hold: types, lint, formatting, dependency direction, then every test file.
 * `run.ts` runs all of it, `run.ts --checks` the first four alone, `run.ts WORD…` only test files whose path
 * contains one of the words. The closing lines are node's own summary; the exit code is 1 on any failure.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import type { TestEvent } from 'node:test/reporters'

type Check = { readonly name: string; readonly command: readonly string[]; readonly env?: NodeJS.ProcessEnv }
type Counts = { tests: number; passed: number; failed: number; cancelled: number; skipped: number; todo: number }

const FILE_LIMIT_MS = 10 * 60 * 1000
// Node limits each test, not its file: a server left open would keep a finished file, and the run, waiting.
const GIVE_UP = `console.error('file limit of ${FILE_LIMIT_MS} ms passed'), process.exit(1)`
const GUARD = `data:text/javascript,setTimeout(() => { ${GIVE_UP} }, ${FILE_LIMIT_MS}).unref()`
const root = resolve(import.meta.dirname, '..')
const words = process.argv.slice(2).filter(word => !word.startsWith('--'))
const unknown = process.argv.slice(2).filter(word => word.startsWith('--') && word !== '--checks')
if (unknown.length > 0)
  throw new Error(`Unknown option ${unknown.join(' ')}; there is --checks, and words to filter by.`)

const started = performance.now()
const failedChecks =
  words.length > 0
    ? []
    : checks()
        .filter(check => !passes(check))
        .map(check => check.name)
const checkCount = words.length > 0 ? 0 : checks().length
const counts = process.argv.includes('--checks') ? none() : await runTests(testFiles(words))
close(counts)

/** The checks that need no running program, in the order in which they are run. */
function checks(): Check[] {
  const tool = (path: string, ...rest: string[]) => [process.execPath, join(root, 'node_modules', path), ...rest]
  return [
    { name: 'types', command: tool('typescript/bin/tsc', '--noEmit', '--project', 'tsconfig.json') },
    {
      name: 'types in the browser',
      command: tool('typescript/bin/tsc', '--noEmit', '--project', 'sdk/browser/tsconfig.json'),
    },
    lint(tool),
    { name: 'format', command: tool('prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.') },
    { name: 'dependencies', command: [process.execPath, join(root, 'test/tidy/dependencies.ts')] },
  ]
}

/** Type-aware rules need a binary of the platform; a check that counts (CI) may not go without it. */
function lint(tool: (path: string, ...rest: string[]) => string[]): Check {
  const suffix = process.platform === 'win32' ? '.exe' : ''
  const folder = join(root, 'node_modules/@oxlint-tsgolint', `${process.platform}-${process.arch}`)
  const binary = join(folder, `tsgolint${suffix}`)
  const isTyped = existsSync(binary) || process.env.CI !== undefined
  if (!isTyped) console.log('lint: no type-aware linter for this platform; floating promises are not looked for')
  const command = tool('oxlint/bin/oxlint', ...(isTyped ? ['--type-aware'] : []))
  return { name: 'lint', command, env: { OXLINT_TSGOLINT_PATH: binary } }
}

function passes(check: Check): boolean {
  const [program = '', ...rest] = check.command
  const env = { ...process.env, ...check.env }
  const { status, error } = spawnSync(program, rest, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env })
  const isPassed = status === 0 && !error
  console.log(`${isPassed ? '✔' : '✖'} check: ${check.name}`)
  return isPassed
}

function testFiles(filters: readonly string[]): string[] {
  const found = ['src', 'sdk', 'scanner', 'test'].flatMap(folder => globSync(`${folder}/**/*.test.ts`, { cwd: root }))
  const files = found.map(path => path.replaceAll('\\', '/')).filter(path => !path.includes('node_modules/'))
  const chosen = filters.length === 0 ? files : files.filter(path => filters.some(word => path.includes(word)))
  if (chosen.length === 0)
    throw new Error(`No test file ${filters.length === 0 ? 'found' : `matches ${filters.join(' ')}`}.`)
  return chosen.toSorted().map(path => join(root, path))
}

/** Runs the files, two at a time, each in its own process, and passes node's own report on to the reader. */
async function runTests(files: string[]): Promise<Counts> {
  let counts: Counts | undefined
  const events = run({ files, concurrency: 2, timeout: FILE_LIMIT_MS, execArgv: ['--import', GUARD], cwd: root })
  const mute: string[] = []
  // A file that ends before its first test is reported as one passed test with the name of the file.
  events.on('test:pass', ({ name }) => {
    if (files.includes(name)) mute.push(name)
  })
  events.on('test:summary', summary => {
    if (summary.file === undefined) counts = { ...none(), ...summary.counts }
  })
  await pipeline(events, withoutClosing, new spec(), process.stdout, { end: false })
  for (const file of mute) console.log(`✖ ${relative(root, file)} holds no test`)
  if (!counts) throw new Error('The test runner ended without a summary.')
  return { ...counts, passed: counts.passed - mute.length, failed: counts.failed + mute.length }
}

/** The summary is printed once, as the last lines of all. */
async function* withoutClosing(events: AsyncIterable<TestEvent>): AsyncGenerator<TestEvent> {
  for await (const event of events) {
    const isClosing = event.type === 'test:diagnostic' && event.data.nesting === 0 && isFigure(event.data.message)
    if (!isClosing) yield event
  }
}

function isFigure(message: string): boolean {
  return /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/.test(message)
}

function none(): Counts {
  return { tests: 0, passed: 0, failed: 0, cancelled: 0, skipped: 0, todo: 0 }
}

function close(total: Counts): void {
  const failed = total.failed + failedChecks.length
  if (failedChecks.length > 0) console.log(`\nfailed checks: ${failedChecks.join(', ')}`)
  console.log(`# tests ${total.tests + checkCount}`)
  console.log(`# pass ${total.passed + checkCount - failedChecks.length}`)
  console.log(`# fail ${failed}`)
  console.log(`# cancelled ${total.cancelled}`)
  console.log(`# skipped ${total.skipped}`)
  console.log(`# todo ${total.todo}`)
  console.log(`# duration_ms ${Math.round(performance.now() - started)}`)
  process.exitCode = failed + total.cancelled > 0 ? 1 : 0
}
