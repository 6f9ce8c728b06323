/** Synthetic portfolios read back: clean rows come in, a spoiled one is refused for what it was spoiled by. */
import assert from 'node:assert/strict'
import { createReadStream } from 'node:fs'
import { test } from 'node:test'
import { readCsv, type CsvItem, type Delimiter } from '../lib/csv.ts'
import { detectEncoding } from '../lib/decode.ts'
import { parseCpr, passesModulus11 } from '../lib/cpr.ts'
import { mapColumns, type Columns } from './columns.ts'
import { DIRT, type Expected } from './generate-dirt.ts'
import { encodePortfolio, generateNext, generatePortfolio, type PortfolioOptions } from './generate.ts'
import { matchKeys } from './match-keys.ts'
import { ROW_TEXTS } from './reject-texts.ts'
import { readRow, type RowResult } from './row.ts'

const TODAY = '2026-11-22'

async function readAll(
  bytes: () => AsyncIterable<Uint8Array>,
): Promise<{ items: readonly CsvItem[]; columns: Columns; encoding: string }> {
  const encoding = await detectEncoding(bytes())
  assert.ok(encoding.ok)
  const items: CsvItem[] = []
  for await (const block of readCsv(bytes(), { encoding: encoding.value })) for (const item of block) items.push(item)
  const header = items[0]
  assert.ok(header?.kind === 'header')
  const mapped = mapColumns(header.cells)
  assert.ok(mapped.ok)
  assert.deepEqual(mapped.unknown, [])
  return { items, columns: mapped.columns, encoding: encoding.value }
}

function bytesOf(options: PortfolioOptions, make = generatePortfolio): () => AsyncIterable<Uint8Array> {
  return () => encodePortfolio(make(options), options.encoding ?? 'utf-8')
}

function results(read: { items: readonly CsvItem[]; columns: Columns }): RowResult[] {
  return read.items.flatMap(item => (item.kind === 'row' ? [readRow(item.cells, read.columns, TODAY)] : []))
}

function outcome(expected: Expected, item: CsvItem, columns: Columns): boolean {
  if (item.kind === 'fault') return expected.kind === 'line' && item.code === expected.code
  if (item.kind !== 'row' || expected.kind === 'line') return false
  const result = readRow(item.cells, columns, TODAY)
  if (expected.kind === 'review') return result.kind === 'review' && result.reason === expected.reason
  if (expected.kind === 'reject') return result.kind === 'reject' && result.faults[0]?.code === expected.code
  return 'warnings' in result && result.warnings.some(warning => warning.code === expected.code)
}

test('every kind of dirt is read as what it is, and every reason of the catalogue is among them', async () => {
  const read = await readAll(bytesOf({ rows: DIRT.length, seed: 3, dirt: 1 }))
  const lines = read.items.filter(item => item.kind === 'row' || item.kind === 'fault')
  assert.equal(lines.length, DIRT.length)
  DIRT.forEach(({ expected }, index) => {
    const item = lines[index]
    assert.ok(item !== undefined && outcome(expected, item, read.columns), JSON.stringify({ expected, index }))
  })
  const codes = new Set(DIRT.flatMap(({ expected }) => ('code' in expected ? [expected.code as string] : [])))
  assert.deepEqual(
    Object.keys(ROW_TEXTS).filter(code => !codes.has(code)),
    [],
  )
})

test('a clean portfolio has no rejects in any encoding or delimiter, and its rows are the same', async () => {
  const seen = new Set<string>()
  for (const encoding of ['utf-8', 'windows-1252'] as const) {
    for (const delimiter of [';', ',', '\t'] satisfies Delimiter[]) {
      const read = await readAll(bytesOf({ rows: 900, seed: 1, encoding, delimiter }))
      assert.equal(read.encoding, encoding)
      const all = results(read)
      assert.equal(all.length, 900)
      assert.deepEqual(new Set(all.map(({ kind }) => kind)), new Set(['new', 'closed']))
      seen.add(JSON.stringify(all))
    }
  }
  assert.equal(seen.size, 1)
})

test('the same options give the same bytes, another seed gives others', async () => {
  const text = async (seed: number): Promise<string> => {
    let all = ''
    for await (const piece of generatePortfolio({ rows: 50, seed, dirt: 0.5 })) all += piece
    return all
  }
  assert.equal(await text(1), await text(1))
  assert.notEqual(await text(1), await text(2))
})

test('no generated CPR number can be in use, and some begin with zero', async () => {
  const rows = results(await readAll(bytesOf({ rows: 2000, seed: 9 })))
  const numbers = rows.flatMap(result => ('row' in result && result.row.cpr !== '' ? [result.row.cpr] : []))
  assert.ok(numbers.length > 1500 && numbers.some(digits => digits.startsWith('0')))
  for (const digits of numbers) {
    assert.ok(parseCpr(digits).ok && digits[6] === '9' && !passesModulus11(digits) && !digits.startsWith('0101'))
  }
})

test('a portfolio holds namesakes, some at one address, who are not the same person', async () => {
  const rows = results(await readAll(bytesOf({ rows: 2000, seed: 4 })))
  const people = new Map<string, Set<string>>()
  for (const result of rows) {
    if (!('row' in result) || result.row.cpr === '') continue
    const possible = matchKeys(result.row).find(({ kind }) => kind === 'possible')?.value ?? ''
    people.set(possible, (people.get(possible) ?? new Set()).add(result.row.cpr))
  }
  assert.ok([...people.values()].some(numbers => numbers.size > 1))
})

test('a month later cases are closed, changed, unchanged and added under the same references', async () => {
  const options = { rows: 1000, seed: 6 }
  const before = new Map(
    results(await readAll(bytesOf(options))).flatMap(r => ('row' in r ? [[r.row.reference, r] as const] : [])),
  )
  const counts = { closed: 0, changed: 0, same: 0, added: 0 }
  for (const result of results(await readAll(bytesOf(options, generateNext)))) {
    assert.ok('row' in result)
    const old = before.get(result.row.reference)
    if (old === undefined) counts.added += 1
    else if (result.kind === 'closed' && old.kind === 'new') counts.closed += 1
    else if (JSON.stringify(old) === JSON.stringify(result)) counts.same += 1
    else counts.changed += 1
  }
  assert.equal(counts.added, 50)
  assert.ok(counts.closed > 50 && counts.changed > 200 && counts.same > 400, JSON.stringify(counts))
})

test('the shipped example reads as its own notes say', async () => {
  const file = new URL('../../policies/intrum/examples/portfolio.csv', import.meta.url)
  const read = await readAll(() => createReadStream(file))
  const kinds: { [kind: string]: number } = {}
  for (const item of read.items) if (item.kind === 'fault') kinds['line'] = (kinds['line'] ?? 0) + 1
  for (const { kind } of results(read)) kinds[kind] = (kinds[kind] ?? 0) + 1
  assert.deepEqual(kinds, { line: 1, new: 14, closed: 2, reject: 5, review: 3 })
})
