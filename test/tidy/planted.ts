/** Planted examples: for each tidy rule a file that breaks it and one, as like it as may be, that keeps it. */
import type { Source } from './rules.ts'

/** One pair; `rule` is the name of the rule that the first must break and the second must not. */
export type Planted = { readonly rule: string; readonly breaks: Source; readonly keeps: Source }

const TOP = '/** A planted file that a test reads. */\n'
const lines = (count: number, line = '') => `${line}\n`.repeat(count)
const at = (path: string, body: string): Source => ({ path, text: TOP + body })
const wraps = (count: number) => `/** Does planted work. */\nexport function plant() {\n${lines(count, '  work()')}}\n`
// A banned word is put together here, so that this file does not hold it.
const joined = (...parts: string[]) => parts.join('')
const pair = (rule: string, broken: Source, kept: Source): Planted => ({ rule, breaks: broken, keeps: kept })
const rulePath = 'src/retention/solve.ts'
const store = 'src/retention/store.ts'

/** The pairs; every rule has at least one. */
export const PLANTED: readonly Planted[] = [
  pair('opens-with-a-sentence', { path: rulePath, text: 'export const a = 1\n' }, at(rulePath, 'export const a = 1\n')),
  pair('opens-with-a-sentence', { path: rulePath, text: '// solver\nexport const a = 1\n' }, at(rulePath, '')),
  pair('function-length', at(rulePath, wraps(69)), at(rulePath, wraps(68))),
  pair('file-length', at(rulePath, lines(300, 'work()')), at(rulePath, lines(299, 'work()'))),
  pair('file-length', at('src/a/a.test.ts', lines(500, 'a()')), at('src/a/a.test.ts', lines(499, 'a()'))),
  pair('line-length', at(rulePath, `// ${'å'.repeat(118)}`), at(rulePath, `// ${'å'.repeat(117)}`)),
  pair('line-length', at(rulePath, `const a = b('${'å '.repeat(60)}')`), at(rulePath, `  da: '${'å '.repeat(60)}',`)),
  pair(
    'three-parameters',
    at(rulePath, 'const a = (b: B, c: C, d: D, e: E) => 1'),
    at(rulePath, 'const a = (ctx: Ctx, c: C, d: D, e: E) => 1'),
  ),
  pair(
    'three-parameters',
    at(rulePath, 'const a = (b: B, pool: Pool, d: D, e: E) => 1'),
    at(rulePath, 'const a = (pool: Pool, c: C, d: D, e: E) => 1'),
  ),
  pair('folder-depth', at('src/a/b/c/d.ts', ''), at('src/a/b/c.ts', '')),
  pair('banned-words', at(rulePath, joined('// TO', 'DO soon')), at(rulePath, '// todos los días')),
  pair('banned-words', at(rulePath, joined('const a = b as a', 'ny')), at(rulePath, 'const a = b as anything')),
  pair('banned-words', at(rulePath, joined('// @ts-ig', 'nore\n')), at(rulePath, '// ignored\n')),
  pair('only-class-is-problem', at(rulePath, 'class Solver {}'), at('src/platform/problems.ts', 'class Problem {}')),
  pair(
    'no-boolean-parameter',
    at(rulePath, 'function a(dry: boolean) {}'),
    at(rulePath, 'function a(o: { dry: boolean }) {}'),
  ),
  pair(
    'exports-are-documented',
    at(rulePath, '\nfunction b() {}\nexport function a() {}'),
    at(rulePath, 'function a() {}'),
  ),
  pair(
    'exports-are-documented',
    at(rulePath, 'const b = 1\nexport const a = () => 1'),
    at(rulePath, 'const b = 1\n/** Answers one, always. */\nexport const a = () => 1'),
  ),
  pair(
    'effects-at-the-edge',
    at(rulePath, 'const a = Date.now()'),
    at('src/platform/world.ts', 'const a = Date.now()'),
  ),
  pair('effects-at-the-edge', at(rulePath, 'const a = new Date()'), at(rulePath, 'const a = new Date(0)')),
  pair('effects-at-the-edge', at(rulePath, 'const a = Math.random()'), at(rulePath, 'const a = Math.round(1)')),
  pair('effects-at-the-edge', at(rulePath, 'const a = process.env.A'), at('src/main.ts', 'const a = process.env.A')),
  pair('effects-at-the-edge', at(rulePath, 'await fetch(url)'), at(rulePath, 'await client.fetch(url)')),
  pair('effects-at-the-edge', at(rulePath, 'await globalThis.fetch(url)'), at(rulePath, "const a = 'fetch(url)'")),
  pair('effects-at-the-edge', at(rulePath, 'const get = { fetch }'), at(rulePath, 'const get = { fetch: mine }')),
  pair(
    'effects-at-the-edge',
    at(rulePath, "import { randomBytes } from 'node:crypto'"),
    at(rulePath, "import { createHash } from 'node:crypto'"),
  ),
  pair('sql-only-in-store', at(rulePath, 'const a = sql`select 1`'), at(store, 'const a = sql`select 1`')),
  pair('sql-only-in-store', at(rulePath, 'sql`select 1`'), at('src/retention/figures.ts', 'sql`select 1`')),
  pair('sql-only-in-store', at(rulePath, "db('select a from b ')"), at(rulePath, "say('Select one from the list')")),
  pair(
    'sql-only-in-store',
    at(rulePath, 'db(`delete from ${t} `)'),
    at('src/retention/a.test.ts', 'db(`delete from a `)'),
  ),
  pair(
    'own-schema-only',
    at('src/notices/store.ts', 'sql`select a from subjects.record`'),
    at('src/notices/store.ts', 'sql`select a from notices.notice`'),
  ),
  pair('own-schema-only', at(store, 'sql`select a from consents.consent`'), at(store, 'sql`select a from work.hold`')),
  pair(
    'own-schema-only',
    at(store, 'sql`update subjects.record set a = 1`'),
    at(store, 'sql`select a from retention.run join subjects.record on true`'),
  ),
  pair(
    'own-schema-only',
    at(store, 'sql`with gone as (delete from work.hold returning *) select * from gone`'),
    at(store, 'sql`with kept as (select * from work.hold) delete from retention.run`'),
  ),
  pair('own-schema-only', at(store, 'sql`select ${a} from "policy".version`'), at(store, 'sql`select ${policy.id}`')),
  pair(
    'ciphers-in-the-vault',
    at(rulePath, "import { createCipheriv } from 'node:crypto'"),
    at('src/subjects/envelope.ts', "import { createDecipheriv } from 'node:crypto'"),
  ),
  pair(
    'ciphers-in-the-vault',
    at('src/platform/kept-file.ts', "import { createDecipheriv } from 'node:crypto'"),
    at('src/platform/keys.ts', "import { createDecipheriv } from 'node:crypto'"),
  ),
  pair(
    'ciphers-in-the-vault',
    at(rulePath, "import * as crypto from 'node:crypto'"),
    at(rulePath, "import { createHmac } from 'node:crypto'"),
  ),
  pair('ciphers-in-the-vault', at(rulePath, 'await crypto.subtle.decrypt(a)'), at(rulePath, 'const subtle = 1')),
]
