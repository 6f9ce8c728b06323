/**
 * Malformed input, within a bounded time: every body the API takes, made from its own description and then spoiled, and
 * files of a client with spoiled bytes. Nothing may end in a fault, show a stack trace, repeat what was typed in a
 * refusal or a log, or lose a line. INDSIGT_FUZZ_SEED and INDSIGT_FUZZ_SECONDS choose another run.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { bytesOf, fileOf } from '../src/intake/delivery.fixture.ts'
import { generatePortfolio } from '../src/intake/generate.ts'
import * as intake from '../src/intake/intake.ts'
import { Problem } from '../src/platform/problems.ts'
import { client, debtor, type Debtor } from './cast.ts'
import { nextCpr, openHouse, type Answer, type House } from './promises/house.ts'

const SEED = Number(process.env['INDSIGT_FUZZ_SEED'] ?? 20261122)
const SECONDS = Number(process.env['INDSIGT_FUZZ_SECONDS'] ?? 30)

let house: House
let of: Debtor
let ids: { readonly [parameter: string]: string }
let operations: readonly Operation[]

before(async () => {
  house = await openHouse({ keysEach: 60 })
  await client(house.kit, 'Strandby Energi', house.age.recipient)
  of = await debtor(house.kit, { cpr: nextCpr() })
  const { requestId } = await house.must(201, 'admin', 'POST /v1/requests', {
    subjectId: of.subjectId,
    kind: 'access',
    channel: 'letter',
  })
  ids = {
    subjectId: of.subjectId,
    caseId: of.caseId,
    noticeId: of.noticeId,
    importId: of.importId,
    requestId,
    partyId: of.clientId,
    authorityId: randomUUID(),
    lawyerId: randomUUID(),
    recipientId: of.clientId,
  }
  operations = operationsOf(await house.must(200, 'admin', 'GET /openapi.json'))
})
after(() => house.close())

type Schema = { readonly [keyword: string]: never }
type Operation = { readonly method: string; readonly path: string; readonly schema: Schema }

function operationsOf(document: { readonly paths?: unknown }): Operation[] {
  type Described = { requestBody?: { content: { 'application/json'?: { schema: Schema } } } }
  return Object.entries(document.paths as { [path: string]: { [method: string]: Described } }).flatMap(
    ([path, methods]) =>
      Object.entries(methods).flatMap(([method, { requestBody }]) => {
        const schema = requestBody?.content['application/json']?.schema
        return schema ? [{ method: method.toUpperCase(), path, schema }] : []
      }),
  )
}

/** Words nobody may ever see again: a CPR number in its forms, a card, a name. */
const SECRETS = ['1107729987', '110772-9987', '4571 2345 6789 0111', 'Kanariefugl Æble-Ømø']
const secret = fc.constantFrom(...SECRETS)
const TODAY = new Date().toISOString().slice(0, 10)

/** What a field of this name may well hold, so that some bodies get past the form and into the house. */
const LIKELY: { readonly [name: string]: readonly string[] } = {
  purpose: ['disclosure', 'marketing', 'service'],
  channel: ['email', 'letter', 'phone', 'hand'],
  category: ['web_contact', 'web_account', 'application', 'employee'],
  site: ['www.intrum.dk', 'intrum.com', 'evil.example'],
  client: ['Strandby Energi', 'strandby energi'],
  reason: ['replied', 'legalClaim', 'noLongerNeeded', 'paid', 'dispute', 'claim'],
  payment_date: [TODAY, '2025-11-01'],
  payment_amount: ['10.00', '0.00', '99999999999.99'],
  currency: ['DKK', 'EUR', 'dkk'],
  legalBasis: ['Skattekontrolloven § 59'],
  textVersion: ['1', 'v7'],
  cpr: ['070583-9003', '0705839003'],
  email: ['asta@example.com', 'a@b', '"a b"@example.com'],
  phone: ['20 00 12 34', '+45', '112'],
}

/** A value as the schema wants it, mostly; ids are those of somebody who exists. */
function fitting(schema: Schema, name = ''): fc.Arbitrary<unknown> {
  const likely = schema['type'] === 'string' && !schema['format'] && !schema['enum'] ? LIKELY[name] : undefined
  return likely
    ? fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...likely) }, { weight: 1, arbitrary: shaped(schema) })
    : shaped(schema)
}

function shaped(schema: Schema): fc.Arbitrary<unknown> {
  const {
    enum: listed,
    const: fixed,
    anyOf,
    oneOf,
    type,
    format,
    properties,
    required,
    items,
    additionalProperties,
  } = schema
  if (listed) return fc.constantFrom(...(listed as unknown[]))
  if (fixed !== undefined) return fc.constant(fixed)
  const either = (anyOf ?? oneOf) as Schema[] | undefined
  if (either) return fc.oneof(...either.map(it => fitting(it)))
  if (type === 'object' && properties) {
    const fields = Object.entries(properties as { [name: string]: Schema }).map(
      ([name, it]) => [name, fitting(it, name)] as const,
    )
    return fc.record(Object.fromEntries(fields), { requiredKeys: required ?? [] })
  }
  if (type === 'object')
    return fc.dictionary(
      fc.constantFrom('name', 'email', 'cpr', 'note'),
      fitting((additionalProperties ?? {}) as Schema),
      { maxKeys: 4 },
    )
  if (type === 'array') return fc.array(fitting((items ?? {}) as Schema), { maxLength: 3 })
  if (type === 'integer' || type === 'number')
    return fc.oneof(fc.integer({ min: -1, max: 40 }), fc.constantFrom(2 ** 53, 1e308))
  if (type === 'boolean') return fc.boolean()
  if (format === 'uuid') return fc.oneof(fc.constantFrom(...Object.values(ids)), fc.uuid())
  if (format === 'date') return fc.constantFrom(TODAY, TODAY, '2026-02-29', '2027-01-01', '0001-01-01', '9999-12-31')
  if (format === 'date-time')
    return fc.constantFrom(new Date().toISOString(), '2026-11-22T24:00:00Z', '1900-01-01T00:00:00Z')
  return fc.oneof(
    fc.constantFrom('name', 'disclosure', 'Strandby Energi', 'DKK', '10.00', TODAY),
    secret,
    fc.string({ unit: 'binary', maxLength: 40 }),
  )
}

const hostile: fc.Arbitrary<unknown> = fc.oneof(
  secret,
  fc.constantFrom(
    null,
    true,
    -0,
    1e300,
    [],
    {},
    [[]],
    '',
    ' ',
    '\0',
    '\u202e',
    '￾',
    '{{7*7}}',
    "' or 1=1 --",
    '../../etc/passwd',
    '%00',
    '=1+1',
  ),
  fc.constant('x').map(letter => letter.repeat(30_000)),
  fc.constantFrom('\ud800', 'a\udc00b', '\udfff\ud800'),
  fc.integer({ min: 5, max: 200 }).map(depth => nested(depth)),
  secret.map(value => ({ [value]: value, constructor: { prototype: { role: value } } })),
  fc.array(secret, { minLength: 1, maxLength: 1200 }),
  fc
    .anything({ maxDepth: 2, withNullPrototype: true })
    .map(value => JSON.parse(JSON.stringify(value ?? null, (_, it) => (typeof it === 'bigint' ? '1' : it)) ?? 'null')),
)

function nested(depth: number): unknown {
  let value: unknown = SECRETS[0]
  for (let level = 0; level < depth; level += 1) value = level % 2 ? [value] : { a: value }
  return value
}

type Spoil = { readonly where: number; readonly how: 'put' | 'drop' | 'add'; readonly value: unknown }
const spoil: fc.Arbitrary<Spoil> = fc.record({
  where: fc.nat(50),
  how: fc.constantFrom('put', 'put', 'drop', 'add'),
  value: hostile,
})
/** Half of the bodies stay as they are: the house behind the form is tried too. */
const spoils = fc.oneof(fc.constant<Spoil[]>([]), fc.array(spoil, { minLength: 1, maxLength: 3 }))

/** Puts, drops or adds something at one of the places of a document, counted from its root. */
function spoiled(document: unknown, { where, how, value }: Spoil): unknown {
  const places: { holder: { [key: string]: unknown }; key: string }[] = []
  const walk = (holder: unknown) => {
    if (typeof holder !== 'object' || holder === null) return
    for (const key of Object.keys(holder)) {
      places.push({ holder: holder as { [key: string]: unknown }, key })
      walk((holder as { [key: string]: unknown })[key])
    }
  }
  walk(document)
  const place = places[where % Math.max(1, places.length)]
  if (!place) return value
  if (how === 'drop') delete place.holder[place.key]
  else place.holder[how === 'add' ? `${place.key} ${SECRETS[1]}` : place.key] = value
  return document
}

/** The document as bytes, and what is done to the bytes. */
const plain = Array.from({ length: 20 }, () => 'plain')
const wrapping = fc.constantFrom(
  ...plain,
  'proto',
  'twice',
  'latin1',
  'utf16',
  'bom',
  'cut',
  'nul',
  'text',
  'huge',
  'empty',
)
function bytesFor(document: unknown, how: string): Buffer {
  const text = JSON.stringify(document) ?? 'null'
  const inner = text.startsWith('{') ? text.slice(1) : `"a":1}`
  const comma = inner === '}' ? '' : ','
  if (how === 'proto') return Buffer.from(`{"__proto__":{"role":"${SECRETS[0]}"}${comma}${inner}`)
  if (how === 'twice') return Buffer.from(`{"subjectId":"${SECRETS[0]}"${comma}${inner}`)
  if (how === 'latin1') return Buffer.from(`${text.slice(0, -1)},"ø":"æøå"}`, 'latin1')
  if (how === 'utf16') return Buffer.from(text, 'utf16le')
  if (how === 'bom') return Buffer.from(`\uFEFF${text}`)
  if (how === 'cut') return Buffer.from(text).subarray(0, Math.floor(text.length * 0.7))
  if (how === 'nul') return Buffer.from(text.replaceAll('"', '"\\u0000'))
  if (how === 'text') return Buffer.from(`${SECRETS[3]} ${SECRETS[0]}`)
  if (how === 'huge') return Buffer.concat([Buffer.from(text), Buffer.alloc(1_100_000, 32)])
  return how === 'empty' ? Buffer.alloc(0) : Buffer.from(text)
}

const STACK =
  /\bat [\w.<>]+ \(|node:internal|\/src\/|\.ts:\d|select |insert into|duplicate key|SQLSTATE|is not a f|Cannot read/i
let seen = 0

/** What an answer and the log may never be, whatever was sent. */
function safe(answer: Answer, what: string): void {
  const lines = house.kit.log.slice(seen).join('\n')
  seen = house.kit.log.length
  assert.ok(answer.status < 500, `${what}: ${answer.status} ${answer.text}\n${lines}`)
  assert.ok(answer.status !== 429, 'the limit of calls was measured, not the input')
  if (answer.status >= 400) {
    assert.equal(typeof answer.body['code'], 'string', `${what}: ${answer.text}`)
    assert.doesNotMatch(answer.text, STACK, what)
    for (const it of SECRETS) assert.ok(!answer.text.includes(it), `${what}: the answer repeats ${it}`)
  }
  for (const it of SECRETS) assert.ok(!lines.includes(it), `${what}: the log repeats ${it}`)
}

const bounded = (share: number) => ({
  seed: SEED,
  numRuns: 100_000,
  interruptAfterTimeLimit: SECONDS * 1000 * share,
  markInterruptAsFailure: false,
  endOnFailure: true,
})

test('every body the API takes, spoiled, is taken or refused, and never a fault, a trace or an echo', async t => {
  assert.ok(operations.length >= 20, 'the description names the bodies')
  const counts = new Map<string, number>()
  const of = fc.nat(operations.length - 1).chain(index => {
    const operation = operations[index] as Operation
    return fc.record({
      operation: fc.constant(operation),
      body: fitting(operation.schema),
      spoils,
      how: wrapping,
      real: fc.boolean(),
      stray: secret,
      idempotent: fc.boolean(),
    })
  })
  await fc.assert(
    fc.asyncProperty(of, async ({ operation: { method, path }, body, spoils, how, real, stray, idempotent }) => {
      const parameter = (_: string, name: string) => (real ? (ids[name] ?? randomUUID()) : encodeURIComponent(stray))
      const url = path.replaceAll(/\{(\w+)\}/g, parameter)
      const bytes = bytesFor(spoils.reduce<unknown>(spoiled, body), how)
      const headers = idempotent
        ? { 'idempotency-key': `${stray.replaceAll(/[^\x20-\x7e]/g, '')} ${randomUUID()}` }
        : {}
      const answer = await house.ask('admin', `${method} ${url.replaceAll(' ', '%20')}`, bytes, { headers })
      counts.set(`${answer.status}`, (counts.get(`${answer.status}`) ?? 0) + 1)
      safe(answer, `${method} ${path} ${how} ${bytes.subarray(0, 300).toString('latin1')}`)
    }),
    bounded(0.6),
  )
  const total = [...counts.values()].reduce((sum, it) => sum + it, 0)
  t.diagnostic(`${total} bodies: ${JSON.stringify(Object.fromEntries(counts))}`)
  assert.ok(
    total > 300 && (counts.get('201') ?? 0) + (counts.get('200') ?? 0) > 0,
    'nothing was ever taken: the bodies do not fit at all',
  )
})

test('paths, queries, headers and types with a CPR number in them repeat nothing and log nothing', async () => {
  const places = [
    '/v1/cases/SECRET',
    '/v1/people/SECRET/consents',
    '/v1/requests?state=SECRET',
    '/v1/notices?after=SECRET',
    '/v1/SECRET',
    '/v1/holds?SECRET=SECRET',
    '/v1/retention/preview?months=SECRET',
    '/v1/imports/SECRET/rejects',
    '/SECRET',
    '/v1/cases/%00',
    '/v1/cases/%ff%fe',
    `/v1/cases/${'a'.repeat(5000)}`,
  ]
  for (const place of places)
    for (const word of SECRETS.slice(0, 2))
      safe(await house.ask('admin', `GET ${place.replaceAll('SECRET', word)}`), place)
  for (const type of [
    'text/plain',
    'application/xml',
    'application/json; charset=utf-16',
    'multipart/form-data',
    SECRETS[0] as string,
  ])
    safe(await house.ask('admin', 'POST /v1/requests', '{}', { type }), type)
  const found: [string, unknown, number][] = [
    ['POST /v1/cases/search', { client: '\0', reference: '\0' }, 400],
    ['POST /v1/api-keys', { role: 'client', partyId: randomUUID() }, 400],
    ['POST /v1/imports?client=%00', 'a;b', 400],
  ]
  for (const [call, body, status] of found) {
    const answer = await house.ask('admin', call, body, call.includes('imports') ? { type: 'text/csv' } : {})
    safe(answer, call)
    assert.equal(answer.status, status, answer.text)
  }
  for (const header of [
    'accept-language',
    'idempotency-key',
    'x-forwarded-for',
    'content-length',
    'if-match',
    'cookie',
  ])
    safe(
      await house.ask(
        'admin',
        'POST /v1/people/search',
        { cpr: '070583-9003' },
        { headers: { [header]: SECRETS[0] as string } },
      ),
      header,
    )
})

const rowsOf = 40
const original = (dirt: number) => bytesOf(generatePortfolio({ rows: rowsOf, seed: SEED, dirt }))
const rehearse = (bytes: Buffer) =>
  intake.rehearse(house.kit.world, house.kit.actor('admin', 'import'), fileOf(bytes), {
    clientId: of.clientId,
    batchRows: 16,
  })

function reconciled(sums: Awaited<ReturnType<typeof rehearse>>): void {
  const { rows, created, changed, closed, unchanged, reviewed, rejected } = sums
  assert.equal(created + changed + closed + unchanged + reviewed + rejected, rows, JSON.stringify(sums))
}

test('a file with spoiled bytes is refused with its reason, or accounted for to the last row', async t => {
  const bytes = await original(0.2)
  const tricky = fc.constantFrom(0, 0x22, 0x3b, 0x2c, 0x0a, 0x0d, 0xff, 0xef, 0xc3, 0x1a, 0x27, 0x3d)
  const edit = fc.record({
    at: fc.nat(bytes.length),
    byte: fc.oneof(tricky, fc.nat(255)),
    how: fc.constantFrom('turn', 'strew', 'cut', 'double'),
    length: fc.nat(300),
  })
  const told = { taken: 0, refused: 0 }
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 8 }), async edits => {
      const file = edits.reduce((held, { at, byte, how, length }) => {
        const [left, right] = [held.subarray(0, at), held.subarray(at)]
        if (how === 'cut') return Buffer.concat([left, right.subarray(length)])
        if (how === 'double') return Buffer.concat([left, right.subarray(0, length), right])
        return Buffer.concat([left, Buffer.of(byte), how === 'turn' ? right.subarray(1) : right])
      }, bytes)
      try {
        reconciled(await rehearse(file))
        told.taken += 1
      } catch (error) {
        if (!(error instanceof Problem) || error.code !== 'intake.file_refused') throw error
        assert.ok((error.refusal.faults?.length ?? 0) > 0, 'refused without a reason')
        told.refused += 1
      }
    }),
    bounded(0.2),
  )
  t.diagnostic(JSON.stringify(told))
  assert.ok(told.taken > 20, JSON.stringify(told))
})

test('letters spoiled inside the cells cost no row: as many come out as stood in the file', async t => {
  const bytes = await bytesOf(generatePortfolio({ rows: rowsOf, seed: SEED }))
  const whole = (await rehearse(bytes)).rows
  const start = bytes.indexOf(0x0a) + 1
  const cells = [...bytes.keys()].filter(
    at => at >= start && ((bytes[at] as number) | 0x20) >= 0x61 && ((bytes[at] as number) | 0x20) <= 0x7a,
  )
  const edit = fc.record({
    at: fc.constantFrom(...cells),
    byte: fc.constantFrom(...Buffer.from('0123456789-+=@*/()xXZ.')),
  })
  let files = 0
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 60 }), async edits => {
      const file = Buffer.from(bytes)
      for (const { at, byte } of edits) file[at] = byte
      const sums = await rehearse(file)
      reconciled(sums)
      assert.equal(sums.rows, whole)
      files += 1
    }),
    bounded(0.2),
  )
  t.diagnostic(`${files} files of ${whole} rows`)
  assert.ok(files > 20, `${files} files`)
})

test('./indsigt import --dry-run of hostile files ends with 0 or 1 and repeats nothing of them', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'indsigt-fuzz-'))
  const head = 'Sagsnr;Navn;CPR-nr;Hovedstol\r\n'
  const files: [string, Buffer][] = [
    ['nul', Buffer.from(`${head}1;${SECRETS[3]}\0;${SECRETS[0]};1\r\n`)],
    ['quote', Buffer.from(`${head}1;"${SECRETS[3]};${SECRETS[0]};1\r\n`.repeat(50))],
    ['no header', Buffer.from(`1;${SECRETS[3]};${SECRETS[1]};1,00\r\n`)],
    ['proto', Buffer.from(`__proto__;constructor;Sagsnr;Navn;Hovedstol\r\n${SECRETS[0]};x;1;${SECRETS[3]};x\r\n`)],
    ['long', Buffer.from(`${head}1;${'æ'.repeat(2_000_000)};${SECRETS[0]};1\r\n`)],
  ]
  try {
    for (const [name, bytes] of files) {
      const file = join(folder, 'portefolje.csv')
      writeFileSync(file, bytes)
      const { code, out, err } = await house.cli(['import', file, '--client', 'Strandby Energi', '--dry-run'])
      assert.ok(code === 0 || code === 1, `${name}: ${String(code)} ${out} ${err}`)
      assert.doesNotMatch(out + err, STACK, name)
      for (const it of SECRETS) assert.ok(!(out + err).includes(it), `${name} repeats ${it}`)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
