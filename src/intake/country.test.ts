/** Countries as clients write them: by code, in Danish or in English. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countryCode } from './country.ts'

test('codes, Danish and English names; nothing means Denmark', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['', 'DK'],
    ['dk', 'DK'],
    ['Danmark', 'DK'],
    ['Denmark', 'DK'],
    ['DNK', 'DK'],
    ['Færøerne', 'FO'],
    ['Greenland', 'GL'],
    ['Tyskland', 'DE'],
    ['SVERIGE', 'SE'],
    ['Atlantis', undefined],
    ['EU', undefined],
    ['ZZ', undefined],
    ['toString', undefined],
  ]
  for (const [text, code] of cases) assert.equal(countryCode(text), code, text)
})
