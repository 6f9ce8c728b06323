/** What a visitor downloads: it is what the sources make, and it stays small. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import test from 'node:test'
import { brotliCompressSync, constants } from 'node:zlib'
import { ASSETS, assetsText } from '../scripts/build-assets.ts'
import { BANNER_CSS, CONSENT_JS, GATE_JS } from './assets.ts'

const BANNER_BYTES_MAX = 2500
const GATE_BYTES_MAX = 1000

test('assets.ts is what the sources of today make', async () => {
  const text = await assetsText()
  if (process.env['UPDATE_ASSETS'] === '1') writeFileSync(ASSETS, text)
  assert.ok(readFileSync(ASSETS, 'utf8') === text, 'run this test once with UPDATE_ASSETS=1')
})

test('banner, categories, table, gate, sweep and post are at most 2,500 bytes, script and sheet together', () => {
  const bytes = brotli(CONSENT_JS) + brotli(BANNER_CSS)
  assert.ok(bytes <= BANNER_BYTES_MAX, `${bytes} bytes`)
})

test('the gate alone is at most 1,000 bytes', () => {
  assert.ok(brotli(GATE_JS) <= GATE_BYTES_MAX, `${brotli(GATE_JS)} bytes`)
})

test('no sink that Trusted Types guards, and nothing that writes a choice, is in the scripts', () => {
  for (const script of [CONSENT_JS, GATE_JS]) {
    assert.doesNotMatch(script, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|setTimeout/)
    assert.doesNotMatch(script, /setItem|indexedDB\.open|caches\.open|sendBeacon|https?:/)
  }
})

function brotli(text: string): number {
  return brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length
}
