/**
 * The dependency check proven. Goal: each rule of the rank list bites. Method: a small tree that keeps every rule
 * is written to a scratch folder, one forbidden import is planted at a time, and the rule must be named.
 */
import assert from 'node:assert/strict'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import test from 'node:test'
import { checkDependencies } from './dependencies.ts'
import * as ranks from './ranks.ts'

const root = resolve(import.meta.dirname, '../..')

type Files = Readonly<Record<string, string>>

const CLEAN: Files = {
  'package.json': '{"type":"module","dependencies":{"pg":"1","yaml":"1"},"devDependencies":{"ajv":"1"}}',
  'src/main.ts':
    "import * as requests from './requests/requests.ts'\nimport { api } from './requests/api.ts'\napi(requests)\n",
  'src/lib/date.ts': "import { createHash } from 'node:crypto'\nexport const date = createHash\n",
  'src/platform/world.ts':
    "import pg from 'pg'\nimport { readFileSync } from 'node:fs'\nexport const world = [pg, readFileSync]\n",
  'src/policy/policy.ts':
    "import { decide } from './decide.ts'\nimport * as store from './store.ts'\nexport const run = [decide, store]\n",
  'src/policy/decide.ts':
    "import { date } from '../lib/date.ts'\nimport { parse } from 'yaml'\nexport const decide = [date, parse]\n",
  'src/policy/store.ts': "import { world } from '../platform/world.ts'\nexport const load = world\n",
  'src/policy/figures.ts': "import { world } from '../platform/world.ts'\nexport const counts = world\n",
  'src/policy/types.ts': 'export type Rule = string\nexport const RULE = 1\n',
  'src/policy/board.ts': 'export const figures = 1\n',
  'src/policy/api.ts': "import * as policy from './policy.ts'\nexport const api = policy\n",
  'src/retention/erase.ts': "import { world } from '../platform/world.ts'\nexport const erase = world\n",
  'src/intake/types.ts': 'export type Up = string\n',
  'src/cookies/cookies.ts': 'export const cookies = 1\n',
  'src/intake/intake.ts':
    "import type { Rule } from '../policy/types.ts'\nimport * as policy from '../policy/policy.ts'\nexport const take = (rule: Rule) => [policy, rule]\n",
  'src/requests/requests.ts': "import * as intake from '../intake/intake.ts'\nexport const requests = intake\n",
  'src/requests/api.ts':
    "import * as requests from './requests.ts'\nexport const api = (x: unknown) => [x, requests]\n",
  'src/requests/deadline.ts': 'export const deadline = 1\n',
  'src/intake/intake.test.ts': "import { kit } from '../../test/kit.ts'\nimport '../requests/requests.ts'\nkit()\n",
  'test/kit.ts': 'export const kit = () => 1\n',
  'sdk/wire.ts': 'export type Wire = string\n',
  'sdk/browser/gate.ts': 'export const gate = 1\n',
  'scanner/main.ts': "import type { Wire } from '../sdk/wire.ts'\nexport const main: Wire = ''\n",
  'sdk/browser.ts': "import type { Wire } from './wire.ts'\nexport const wire: Wire = ''\n",
}

// Each row: the rule, the file where the import is planted, what it imports.
const PLANTED: readonly (readonly [rule: string, file: string, statement: string])[] = [
  ['only-downward-from-lib', 'src/lib/date.ts', "import '../policy/policy.ts'"],
  ['only-downward-from-platform', 'src/platform/world.ts', "import '../policy/policy.ts'"],
  ['only-downward-from-policy', 'src/policy/policy.ts', "import * as up from '../intake/intake.ts'"],
  ['only-downward-from-policy', 'src/policy/policy.ts', "import type { Up } from '../intake/types.ts'"],
  ['only-downward-from-policy', 'src/policy/policy.ts', "const up = await import('../intake/intake.ts')"],
  ['only-downward-from-policy', 'src/policy/policy.ts', "export * from '../intake/intake.ts'"],
  ['only-downward-from-policy', 'src/policy/policy.ts', "import '../main.ts'"],
  ['only-downward-from-intake', 'src/intake/intake.ts', "import * as peer from '../cookies/cookies.ts'"],
  ['module-has-a-rank', 'src/sundry/sundry.ts', "import '../lib/date.ts'"],
  ['only-through-the-face', 'src/intake/intake.ts', "import { decide } from '../policy/decide.ts'"],
  ['only-through-the-face', 'src/intake/intake.ts', "import { load } from '../policy/store.ts'"],
  ['only-through-the-face', 'src/promises/promises.ts', "import { api } from '../policy/api.ts'"],
  ['shapes-by-import-type', 'src/intake/intake.ts', "import { RULE } from '../policy/types.ts'"],
  ['shapes-by-import-type', 'src/intake/intake.ts', "import { figures } from '../policy/board.ts'"],
  ['composition-mounts-faces-and-surfaces', 'src/main.ts', "import { load } from './policy/store.ts'"],
  ['composition-mounts-faces-and-surfaces', 'src/main.ts', "import { decide } from './policy/decide.ts'"],
  ['surface-calls-its-face', 'src/policy/api.ts', "import { load } from './store.ts'"],
  ['surface-calls-its-face', 'src/policy/api.ts', "import { counts } from './figures.ts'"],
  ['rules-are-pure', 'src/policy/decide.ts', "import { world } from '../platform/world.ts'"],
  ['rules-are-pure', 'src/policy/decide.ts', "import { readFileSync } from 'node:fs'"],
  ['rules-are-pure', 'src/policy/decide.ts', "import { connect } from 'node:net'"],
  ['rules-are-pure', 'src/policy/decide.ts', "import pg from 'pg'"],
  ['rules-are-pure', 'src/policy/decide.ts', "import { wire } from '../../sdk/browser.ts'"],
  ['rules-are-pure', 'src/requests/deadline.ts', "import * as policy from '../policy/policy.ts'"],
  ['rules-import-only-rules', 'src/policy/decide.ts', "import { load } from './store.ts'"],
  ['rules-import-only-rules', 'src/policy/decide.ts', "import { counts } from './figures.ts'"],
  ['rules-import-only-rules', 'src/retention/solve.ts', "import { erase } from './erase.ts'"],
  ['rules-import-only-rules', 'src/policy/decide.ts', "import { run } from './policy.ts'"],
  ['lib-is-pure', 'src/lib/date.ts', "import { readFileSync } from 'node:fs'"],
  ['edge-only-in-platform', 'src/policy/store.ts', "import { readFileSync } from 'fs'"],
  ['edge-only-in-platform', 'src/policy/policy.ts', "import { spawn } from 'node:child_process'"],
  ['edge-only-in-platform', 'src/policy/policy.ts', "import { connect } from 'node:net'"],
  ['drivers-only-in-platform', 'src/policy/store.ts', "import pg from 'pg'"],
  ['declared-dependencies-only', 'src/platform/world.ts', "import ajv from 'ajv'"],
  ['declared-dependencies-only', 'src/platform/world.ts', "import ws from 'zod'"],
  ['imports-resolve', 'src/platform/world.ts', "import './nowhere.ts'"],
  ['sdk-stands-alone', 'sdk/browser.ts', "import type { Rule } from '../src/policy/types.ts'"],
  ['sdk-stands-alone', 'sdk/browser.ts', "import { parse } from 'yaml'"],
  ['scanner-stands-alone', 'scanner/main.ts', "import type { Rule } from '../src/policy/types.ts'"],
  ['browser-script-stays-with-the-sdk', 'src/intake/intake.ts', "import { gate } from '../../sdk/browser/gate.ts'"],
  ['product-never-imports-tests', 'src/intake/intake.ts', "import { kit } from '../../test/kit.ts'"],
]

test('a tree that keeps the rank list has no finding', async t => {
  const outcome = await checkDependencies(scratch(t, CLEAN))
  assert.deepEqual(outcome.findings, [])
  assert.ok(outcome.modules >= 15 && outcome.imports >= 14, `${outcome.modules} modules, ${outcome.imports} imports`)
})

for (const [rule, file, statement] of PLANTED)
  test(`${rule}: ${file} may not say ${statement}`, async t => {
    const outcome = await checkDependencies(scratch(t, { ...CLEAN, [file]: `${statement}\n${CLEAN[file] ?? ''}` }))
    assert.ok(
      outcome.findings.some(it => it.rule === rule && it.from === file),
      JSON.stringify(outcome.findings),
    )
  })

test('a check that saw no module fails', async t => {
  const empty = scratch(t, { 'package.json': '{}', 'src/.keep': '' })
  await assert.rejects(checkDependencies(empty), /saw no module/)
})

test('a check that saw modules but no import fails', async t => {
  const mute = scratch(t, { 'src/lib/a.ts': 'export const a = 1\n', 'src/lib/b.ts': 'export const b = 1\n' })
  await assert.rejects(checkDependencies(mute), /saw no import/)
})

test('the checkout keeps the rank list', async () => {
  const { findings } = await checkDependencies(root)
  assert.equal(findings.length, 0, `\n${findings.map(it => `${it.rule}: ${it.from} -> ${it.to}`).join('\n')}`)
})

test('ARCHITECTURE.md shows the rank list, and in brackets what has no folder', () => {
  const text = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8')
  const drawing = /^## Ranks\n[\s\S]*?```\n([\s\S]*?)```/m.exec(text)?.[1] ?? ''
  const shown: Record<string, number> = {}
  const bracketed: string[] = []
  let rank = -1
  for (const line of drawing.trimEnd().split('\n')) {
    rank = Number(/^ ?(\d+) /.exec(line)?.[1] ?? rank)
    const names = line.slice(4).split(/ {2,}/)[0] ?? ''
    for (const name of names.replaceAll(/[[\]]/g, '').split(' ')) shown[name] = rank
    if (names.startsWith('[')) bracketed.push(...names.slice(1, -1).split(' '))
  }
  assert.deepEqual(shown, ranks.RANKS)
  const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).filter(it => it.isDirectory())
  const present = new Set(folders.map(it => it.name))
  assert.deepEqual(new Set(bracketed), new Set(Object.keys(ranks.RANKS).filter(name => !present.has(name))))
})

test('every file that the rank list names by its path is there', () => {
  const named = [...ranks.FACE_PARTS, ...ranks.DISK].map(name => `src/${name}.ts`)
  const gone = [...named, ...ranks.DECIPHERERS].filter(path => !existsSync(join(root, path)))
  assert.deepEqual(gone, [])
})

function scratch(t: { after: (clean: () => void) => void }, files: Files): string {
  const folder = mkdtempSync(join(tmpdir(), 'indsigt-ranks-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  return folder
}
