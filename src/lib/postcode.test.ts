/** Postcodes: those of the realm and of other countries, with their leading zero kept. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parsePostcode } from './postcode.ts'

const CASES: readonly (readonly [text: string, country: string, expected: string])[] = [
  ['2500', 'DK', '2500'],
  ['0555', 'DK', '0555'],
  ['9990', 'DK', '9990'],
  ['DK-2500', 'DK', '2500'],
  ['3900', 'GL', '3900'],
  ['3900', 'DK', '3900'],
  ['100', 'FO', '100'],
  ['FO-970', 'FO', '970'],
  ['111 22', 'SE', '111 22'],
  ['sw1a 1aa', 'GB', 'SW1A 1AA'],
  ['0554', 'DK', 'postcode_range'],
  ['9991', 'DK', 'postcode_range'],
  ['2500', 'GL', 'postcode_range'],
  ['800', 'DK', 'postcode_short'],
  ['25000', 'DK', 'postcode_form'],
  ['Valby', 'DK', 'postcode_form'],
  ['1000', 'FO', 'postcode_form'],
  ['', 'SE', 'postcode_form'],
  ['1'.repeat(100_000), 'SE', 'postcode_form'],
]
for (const [text, country, expected] of CASES) {
  test(`postcode ${JSON.stringify(text.slice(0, 20))} in ${country}: ${expected}`, () => {
    const parsed = parsePostcode(text, country)
    assert.equal(parsed.ok ? parsed.value : parsed.code, expected)
  })
}
