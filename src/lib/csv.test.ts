/** Read CSV: each record comes out with its line, however the bytes are cut, and a broken one is named. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { csvLine } from './csv-write.ts'
import { readCsv, type CsvItem, type Delimiter } from './csv.ts'
import { unmarkFormula } from './text.ts'

async function* chunks(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function read(text: string, size = 1 << 16, delimiter?: Delimiter): Promise<readonly CsvItem[]> {
  const items: CsvItem[] = []
  const options = delimiter === undefined ? { encoding: 'utf-8' as const } : { encoding: 'utf-8' as const, delimiter }
  for await (const block of readCsv(chunks(text, size), options)) for (const item of block) items.push(item)
  return items
}

/** Items in short: rows as 'line:cell|cell', faults as 'line-endLine code'. */
async function brief(text: string, size?: number): Promise<readonly string[]> {
  return (await read(text, size)).map(item => {
    if (item.kind === 'row' || item.kind === 'header') return `${item.line}:${item.cells.join('|')}`
    if (item.kind === 'fault') return `${item.line}-${item.endLine} ${item.code}`
    if (item.kind === 'refused') return `${item.line} ${item.code}`
    return `end ${item.lines} ${item.lastLineEnded}`
  })
}

const CASES: readonly (readonly [rule: string, text: string, expected: readonly string[]])[] = [
  ['semicolons, CRLF', 'a;b\r\n1;2\r\n', ['1:a|b', '2:1|2', 'end 2 true']],
  ['commas', 'a,b\n1,2\n', ['1:a|b', '2:1|2', 'end 2 true']],
  ['tabs, with a comma in the header', 'a\tb, c\td\n1\t2\t3\n', ['1:a|b, c|d', '2:1|2|3', 'end 2 true']],
  ['a byte order mark is no part of the first header', '\uFEFFa;b\n1;2\n', ['1:a|b', '2:1|2', 'end 2 true']],
  ['the hint of Excel names the delimiter', 'sep=,\na,b;c\n1,2\n', ['2:a|b;c', '3:1|2', 'end 3 true']],
  ['old line ends (CR alone)', 'a;b\r1;2\r3;4\r', ['1:a|b', '2:1|2', '3:3|4', 'end 3 true']],
  ['no line end after the last line', 'a;b\n1;2', ['1:a|b', '2:1|2', 'end 2 false']],
  ['an empty last cell', 'a;b\n1;\n;2\n;', ['1:a|b', '2:1|', '3:|2', '4:|', 'end 4 false']],
  ['blank lines are counted, not read', '\r\na;b\n\n\r\n1;2\n', ['2:a|b', '5:1|2', 'end 5 true']],
  [
    'a quoted line break keeps true line numbers',
    'a;b\n"x\r\ny";2\n3;4\n',
    ['1:a|b', '2:x\r\ny|2', '4:3|4', 'end 4 true'],
  ],
  ['doubled quotes', 'a;b\n"x ""y""";""\n', ['1:a|b', '2:x "y"|', 'end 2 true']],
  ['a delimiter inside quotes', 'a;b\n"1;5";2\n', ['1:a|b', '2:1;5|2', 'end 2 true']],
  ['a quote inside an unquoted cell is a letter', 'a;b\n5" pipe;2\n', ['1:a|b', '2:5" pipe|2', 'end 2 true']],
  [
    'a short row does not borrow cells',
    'a;b;c\n1;2\n3;4;5\n',
    ['1:a|b|c', '2-2 csv_columns_few', '3:3|4|5', 'end 3 true'],
  ],
  ['a long row does not hide cells', 'a;b\n1;2;3\n4;5\n', ['1:a|b', '2-2 csv_columns_many', '3:4|5', 'end 3 true']],
  [
    'a long row with quoted line break',
    'a;b\n"1\n1";2;3\n4;5\n',
    ['1:a|b', '2-3 csv_columns_many', '4:4|5', 'end 4 true'],
  ],
  ['text behind a closing quote', 'a;b\n"1"x;2\n4;5\n', ['1:a|b', '2-2 csv_quote_stray', '3:4|5', 'end 3 true']],
  ['a quote open at the end of a cut file', 'a;b\n1;2\n3;"4', ['1:a|b', '2:1|2', '3-3 csv_quote_open', 'end 3 false']],
  [
    'a stray quote costs its own line',
    'a;b\n1;"2\n3;4\n5;6\n',
    ['1:a|b', '2-2 csv_quote_open', '3:3|4', '4:5|6', 'end 4 true'],
  ],
  [
    'a stray quote closed by a later one costs the two lines',
    'a;b\n1;"2\n3;4\n"5";6\n7;8\n',
    ['1:a|b', '2-2 csv_quote_stray', '3:3|4', '4:5|6', '5:7|8', 'end 5 true'],
  ],
  ['a file cut within a line', 'a;b;c\n1;2;3\n4;5', ['1:a|b|c', '2:1|2|3', '3-3 csv_columns_few', 'end 3 false']],
  ['an empty file', '', ['1 csv_empty']],
  ['blank lines only', '\n\r\n', ['2 csv_empty']],
  ['one column', 'name\nHansen\n', ['1 csv_one_column']],
  ['a header with a faulty quote', 'a;"b\n1;2\n', ['1 csv_header']],
  ['more than 256 columns', `${';'.repeat(256)}\n1\n`, ['1 csv_columns_limit']],
  ['256 columns', `${';'.repeat(255)}\n`, [`1:${'|'.repeat(255)}`, 'end 1 true']],
  [
    'keys of the prototype are plain cells',
    '__proto__;constructor\n__proto__;1\n',
    ['1:__proto__|constructor', '2:__proto__|1', 'end 2 true'],
  ],
]

for (const [rule, text, expected] of CASES) {
  test(`CSV: ${rule}`, async () => {
    for (const size of [1, 2, 3, 1 << 16]) assert.deepEqual(await brief(text, size), expected)
  })
}

test('a cell above 100,000 characters is reported and the next row is kept', async () => {
  const long = 'x'.repeat(100_001)
  assert.deepEqual(await brief(`a;b\n1;${long}\n"${long}";2\n3;4\n`), [
    '1:a|b',
    '2-2 csv_field_limit',
    '3-3 csv_field_limit',
    '4:3|4',
    'end 4 true',
  ])
})

test('a line of megabytes without end is reported once and memory does not hold it', async () => {
  const text = `a;b\n${'x'.repeat(5_000_000)}\n3;4\n`
  assert.deepEqual(await brief(text), ['1:a|b', '2-2 csv_record_limit', '3:3|4', 'end 3 true'])
})

test('a record that never ends is given up at its first line', async () => {
  const text = `a;b\n${'1;"x\n"\n'.repeat(10)}"y\n";${'z;'.repeat(2_000_000)}\n3;4\n`
  const items = await brief(text)
  assert.equal(items.filter(item => item.endsWith('csv_record_limit')).length, 2)
  assert.deepEqual(items.slice(-2), ['24:3|4', 'end 24 true'])
})

/** B30: each of these made a reader that searches again for every line take hours. */
const HOSTILE: readonly (readonly [string, string])[] = [
  ['quotes that close and open on every line', 'x";"y\n'.repeat(300_000)],
  ['an open quote on every line', ';"y\n'.repeat(300_000)],
  ['only doubled quotes', '""""""\n'.repeat(300_000)],
  ['no delimiter after the header', 'x"\n'.repeat(300_000)],
  ['three quotes on every line', '"""x\n'.repeat(300_000)],
]
for (const [rule, body] of HOSTILE) {
  test(`hostile CSV ends, every line accounted for: ${rule}`, async () => {
    const items = await read(`a;b\n${body}`)
    let lines = 0
    for (const item of items) if (item.kind === 'row' || item.kind === 'fault') lines += item.endLine - item.line + 1
    assert.equal(lines, 300_000)
    assert.deepEqual(items.at(-1), { kind: 'end', lines: 300_001, lastLineEnded: true })
  })
}

const cell = fc.string({
  unit: fc.constantFrom('a', 'ø', '"', ';', ',', '\t', '\n', '\r', ' ', '=', '-', "'", '1', '\uFEFF', '😀'),
})

test('what is written is read back cell by cell, formulas marked, at any chunk size', async () => {
  const table = fc
    .integer({ min: 2, max: 5 })
    .chain(width => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 8 }))
  await fc.assert(
    fc.asyncProperty(
      table,
      fc.integer({ min: 1, max: 40 }),
      fc.constantFrom<Delimiter>(';', ',', '\t'),
      async (rows, size, mark) => {
        const header = rows[0]?.map((_, index) => `h${index}`) ?? []
        const text = [header, ...rows].map(row => csvLine(row, mark)).join('')
        const items = await read(text, size, mark)
        assert.deepEqual(
          items.flatMap(item => (item.kind === 'row' ? [item.cells.map(unmarkFormula)] : [])),
          rows,
        )
      },
    ),
  )
})

test('any text at all is read to its end with every line in one item or blank', async () => {
  const text = fc.string({ unit: fc.constantFrom('a', '"', ';', '\n', '\r\n', 'x;y\n'), maxLength: 60 })
  await fc.assert(
    fc.asyncProperty(text, fc.integer({ min: 1, max: 9 }), async (body, size) => {
      const items = await read(`h;i\n${body}`, size)
      assert.deepEqual(items, await read(`h;i\n${body}`))
      let last = 1
      for (const item of items) {
        if (item.kind !== 'row' && item.kind !== 'fault') continue
        assert.ok(item.line > last && item.endLine >= item.line)
        last = item.endLine
      }
      const physical = `h;i\n${body}`.split('\n')
      const end = items.at(-1)
      assert.equal(end?.kind === 'end' && end.lines, physical.at(-1) === '' ? physical.length - 1 : physical.length)
    }),
  )
})
