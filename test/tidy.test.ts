/**
 * The layout and style of the code as tests. Goal: no rule of STYLE.md that a machine can judge lives only in
 * review. Method: each rule is first shown to bite on a planted breach, then applied to every file.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import test from 'node:test'
import { PLANTED } from './tidy/planted.ts'
import { commandsIn, scriptOf, subcommandOf } from './tidy/readme.ts'
import { RULES, tidy } from './tidy/rules.ts'

const root = resolve(import.meta.dirname, '..')
const FOLDERS = ['src', 'sdk', 'scanner', 'test', 'bench']

for (const [index, { rule, breaks, keeps }] of PLANTED.entries())
  test(`${rule} bites on a planted breach and spares its neighbour (${index + 1})`, () => {
    assert.ok(named(rule, breaks).length > 0, `not found in: ${breaks.text.slice(0, 200)}`)
    assert.deepEqual(named(rule, keeps), [])
  })

test('every tidy rule has a planted breach', () => {
  assert.deepEqual(new Set(PLANTED.map(it => it.rule)), new Set(Object.keys(RULES)))
})

test('every file keeps every tidy rule', () => {
  const files = FOLDERS.flatMap(folder => globSync(`${folder}/**/*.ts`, { cwd: root }))
    .map(path => path.replaceAll('\\', '/'))
    .filter(path => !/(^|\/)(node_modules|dist|peers)\//.test(path))
  assert.ok(files.length > 20, `only ${files.length} files seen`)
  const breaches = files.flatMap(path => tidy({ path, text: readFileSync(join(root, path), 'utf8') }))
  const report = breaches.map(it => `${it.rule}: ${it.place}: ${it.found}`)
  assert.equal(report.length, 0, `\n${report.join('\n')}`)
})

test('the README shows only commands that exist', () => {
  const commands = commandsIn(readFileSync(join(root, 'README.md'), 'utf8'))
  assert.ok(commands.length >= 2, 'the README shows how to start and how to test')
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object }
  const known = [...new Set(commands.map(scriptOf))].filter(name => name !== undefined)
  assert.deepEqual(
    known.filter(name => !Object.hasOwn(scripts, name)),
    [],
  )
  for (const file of commands.filter(([program]) => program === 'node').map(([, name = '']) => name))
    assert.ok(file.startsWith('-') || existsSync(join(root, file)), `node ${file}`)
  const ours = new Set(commands.flatMap(command => subcommandOf(command)?.join(' ') ?? []))
  for (const words of ours) assert.equal(helpExit(words.split(' ')), 0, `./indsigt ${words} --help`)
  if (ours.size > 0) assert.notEqual(helpExit(['no-such-command']), 0, 'an unknown command is wrong use')
})

test('a README command is read without its prompt, comment and settings', () => {
  const markdown =
    '```sh\n$ PORT=1 npm start # now\nnpm run bench && ./indsigt policy check FILE --dry-run\n```\nnpm run none\n'
  const commands = commandsIn(markdown)
  assert.deepEqual(commands.map(scriptOf), ['start', 'bench', undefined])
  assert.deepEqual(commands.map(subcommandOf), [undefined, undefined, ['policy', 'check']])
})

test('every dependency has its line in the decision record, and every line its dependency', () => {
  const text = readFileSync(join(root, 'docs/decisions/0003-dependencies.md'), 'utf8')
  const written = [...text.matchAll(/^\| ([^|]+) \|/gm)].flatMap(match => (match[1] ?? '').split(', '))
  const record = written.filter(name => /^@?[a-z0-9-]+(\/[a-z0-9*-]+)?$/.test(name))
  const covers = (line: string, name: string) =>
    line.endsWith('/*') ? name.startsWith(line.slice(0, -1)) : line === name
  const names = dependencies()
  const unwritten = names.filter(name => !record.some(line => covers(line, name)))
  const idle = record.filter(line => !names.some(name => covers(line, name)))
  assert.deepEqual({ unwritten, idle }, { unwritten: [], idle: [] })
})

function dependencies(): string[] {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, object | undefined>
  const groups = ['dependencies', 'optionalDependencies', 'devDependencies']
  return groups.flatMap(group => Object.keys(manifest[group] ?? {}))
}

function named(rule: string, source: { path: string; text: string }) {
  return tidy(source).filter(breach => breach.rule === rule)
}

function helpExit(words: string[]): number | null {
  const run = spawnSync(join(root, 'indsigt'), [...words.filter(Boolean), '--help'], { timeout: 60_000 })
  return run.status
}
