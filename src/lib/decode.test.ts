/** The encoding of a file: found from its bytes, the same however they are cut, or refused. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeText, detectEncoding } from './decode.ts'

async function* chunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function detect(bytes: Uint8Array, size = 7): Promise<string> {
  const found = await detectEncoding(chunks(bytes, size))
  return found.ok ? found.value : found.code
}

const latin = (text: string): Buffer => Buffer.from(text, 'latin1')
const utf16be = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16()

const CASES: readonly (readonly [rule: string, bytes: Uint8Array, expected: string])[] = [
  ['plain ASCII is UTF-8', Buffer.from('a;b\n1;2\n'), 'utf-8'],
  ['UTF-8', Buffer.from('Søren Ågård 😀'), 'utf-8'],
  ['UTF-8 with byte order mark', Buffer.from('\uFEFFSøren'), 'utf-8'],
  ['Windows-1252', latin('Søren Ågård'), 'windows-1252'],
  ['Windows-1252 with a lone letter at the very end', latin(`${'a'.repeat(99)}ø`), 'windows-1252'],
  ['Windows-1252 with euro and quotes', Buffer.from([0x53, 0xf8, 0x80, 0x93, 0x94, 0x96]), 'windows-1252'],
  ['UTF-16 with byte order mark, little endian', Buffer.from('\uFEFFSøren', 'utf16le'), 'utf-16le'],
  ['UTF-16 with byte order mark, big endian', utf16be('\uFEFFSøren'), 'utf-16be'],
  ['UTF-16 cut in half', Buffer.from('\uFEFFSøren', 'utf16le').subarray(0, 11), 'file_utf16'],
  ['UTF-16 without byte order mark', Buffer.from('Søren', 'utf16le'), 'file_binary'],
  ['nothing', Buffer.alloc(0), 'file_empty'],
  ['NUL in the middle', Buffer.from('a;b\n1;\u00002\n'), 'file_binary'],
  ['an Excel workbook', Buffer.from('PK\u0003\u0004aaaaaaa'), 'file_spreadsheet'],
  ['an old Excel workbook', Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1]), 'file_spreadsheet'],
  ['a PDF', Buffer.from('%PDF-1.7'), 'file_binary'],
  ['a packed file', Buffer.from([0x1f, 0x8b, 8]), 'file_binary'],
  [
    'doubly encoded UTF-8',
    Buffer.from(latin(Buffer.from('Søren Ågård').toString('latin1')).toString('latin1')),
    'encoding_double',
  ],
  ['doubly encoded by way of Windows-1252', Buffer.from('SÃ¸ren Ã…gÃ¥rd'), 'encoding_double'],
  ['one mangled name in a sound file is left to its row', Buffer.from('SÃ¸ren;Åse;Bjørn'), 'utf-8'],
  ['UTF-8 with a Windows-1252 line', Buffer.concat([Buffer.from('Søren\n'), latin('Åse\n')]), 'encoding_mixed'],
  ['bytes that Windows-1252 lacks', Buffer.from([0x53, 0x81, 0x72]), 'encoding_unknown'],
  ['DOS code page 850', Buffer.from([0x53, 0x9b, 0x72, 0x65, 0x6e]), 'encoding_unknown'],
  ['old Mac', Buffer.from([0x53, 0xbf, 0x72, 0x65, 0x6e]), 'encoding_unknown'],
]
for (const [rule, bytes, expected] of CASES) {
  test(`encoding: ${rule}`, async () => {
    for (const size of [7, 8, 9, 1000]) assert.equal(await detect(bytes, size), expected)
  })
}

test('any UTF-8 is known as such and decoded, however it is cut', async () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'ø', 'Å', '€', '😀', ';', '\n'), minLength: 1 })
  await fc.assert(
    fc.asyncProperty(text, fc.integer({ min: 4, max: 9 }), async (written, size) => {
      const bytes = Buffer.from(`x;y\n${written}`)
      assert.equal(await detect(bytes, size), 'utf-8')
      let read = ''
      for await (const piece of decodeText(chunks(bytes, size), 'utf-8')) read += piece
      assert.equal(read, `x;y\n${written}`)
    }),
  )
})

test('decoding drops the byte order mark and knows the euro sign of Windows-1252', async () => {
  let read = ''
  for await (const piece of decodeText(chunks(Buffer.from([0x80, 0xe6, 0x96]), 1), 'windows-1252')) read += piece
  assert.equal(read, '€æ–')
  read = ''
  for await (const piece of decodeText(chunks(Buffer.from('\uFEFFa'), 1), 'utf-8')) read += piece
  assert.equal(read, 'a')
})
