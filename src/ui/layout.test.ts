/** The frame of every page: it works without script, in both languages, and names who answers. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brotliDecompressSync } from 'node:zlib'
import * as ui from './ui.ts'

const company: ui.Company = {
  name: 'Prøve & Søn <A/S>',
  officerEmail: 'raad@proeve.example',
  timeZone: 'Europe/Copenhagen',
  complaint: {
    name: 'Datatilsynet',
    address: 'Prøvevej 1',
    phone: '00 00 00 00',
    url: 'https://tilsyn.example/',
    text: { da: 'Klag her.', en: 'Complain here.' },
  },
}
const shell = { title: 'T', description: 'D', path: '/promises?vis=a&b', company }

test('every page names its language, the other language and the way to complain', () => {
  for (const language of ['da', 'en'] as const) {
    const page = ui.renderDocument({ ...shell, language, current: 'promises' }, ui.html`<h1>x</h1>`)
    assert.match(page, new RegExp(`^<!doctype html>\\s*<html lang="${language}">`))
    assert.match(page, /hreflang="en" href="\/en\/promises\?vis=a&amp;b"/)
    assert.match(page, /hreflang="da" href="\/promises\?vis=a&amp;b"/)
    assert.match(page, /mailto:raad@proeve\.example/)
    assert.match(page, /https:\/\/tilsyn\.example\//)
    assert.match(page, /class="skip" href="#main"/)
    assert.equal(page.match(/aria-current="page"/g)?.length, 1)
    assert.ok(!page.includes('<A/S>'))
  }
})

test('a page carries nothing its content policy would refuse', () => {
  const page = ui.renderDocument({ ...shell, language: 'da' }, ui.problemContent({ title: 'a', detail: 'b' }, 'da'))
  assert.doesNotMatch(page, /<script|<style|\sstyle=|\son[a-z]+=|https?:\/\/[^"]+\.(css|js|woff)/i)
  assert.equal(page.match(/rel="stylesheet"/g)?.length, 1)
  assert.match(ui.contentSecurityPolicy, /^default-src 'none'; style-src 'self'; img-src 'self' data:;/)
  assert.doesNotMatch(ui.contentSecurityPolicy, /script-src|unsafe/)
})

test('paths of the other language lie under /en', () => {
  assert.equal(ui.localPath('/', 'da'), '/')
  assert.equal(ui.localPath('/', 'en'), '/en')
  assert.equal(ui.localPath('/policy', 'en'), '/en/policy')
  assert.equal(ui.localPath('/#api', 'en'), '/en#api')
})

test('the sheet is small enough to come first, and its name follows its bytes', () => {
  const sheet = ui.stylesheet()
  assert.match(sheet.path, /^\/assets\/style-[0-9a-f]{16}\.css$/)
  assert.ok(sheet.brotli.length <= 8192, String(sheet.brotli.length))
  assert.deepEqual(brotliDecompressSync(sheet.brotli), sheet.body)
  assert.doesNotMatch(sheet.body.toString(), /@import|@font-face|url\(/)
  for (const need of ['prefers-color-scheme: dark', 'forced-colors: active', '@media print', ':focus-visible'])
    assert.ok(sheet.body.includes(need), need)
})

test('the words between the pen signs are marked, everything else is text', () => {
  const marked = (text: string) => ui.toText(ui.marked(text))
  assert.equal(marked('a «b» c «d»'), 'a <mark>b</mark> c <mark>d</mark>')
  assert.equal(marked('a «b c'), 'a «b c')
  assert.equal(marked('«<b>»'), '<mark>&lt;b&gt;</mark>')
  assert.equal(marked('»a« og «b»'), '»a« og <mark>b</mark>')
  assert.equal(ui.unmarked('a «b» c'), 'a b c')
})

test('a refusal says what, which promise and what to do instead', () => {
  const promise = { number: '21', href: '/promises#S21' }
  const text = ui.toText(
    ui.problemContent({ title: 'Nej', detail: 'Derfor.', remedy: 'Vælg kreditor.', promise }, 'da'),
  )
  assert.match(text, /<h1>Nej<\/h1>/)
  assert.match(text, /Gør sådan:<\/strong> Vælg kreditor\./)
  assert.match(text, /href="\/promises#S21">Det følger af løfte 21</)
})

test('a limit says both numbers in words, and never draws past its end', () => {
  const over = ui.toText(ui.limitBar({ now: 2000, most: 1826 }, 'da'))
  assert.match(over, /class="limit bad"/)
  assert.match(over, /class="fill" width="100"/)
  assert.match(over, /2\.000 af højst 1\.826/)
  assert.match(ui.toText(ui.limitBar({ now: 900, most: 1826 }, 'en')), /limit ok.*900 of at most 1,826/s)
})

test('a table names its region, its columns and its rows', () => {
  const table = ui.toText(
    ui.dataTable({
      id: 't',
      caption: 'C',
      columns: [{ label: 'A' }, { label: 'B', numeric: true }],
      rows: [['<x>', '1']],
    }),
  )
  assert.match(table, /role="region" aria-labelledby="t" tabindex="0"/)
  assert.match(table, /<th scope="row">&lt;x&gt;<\/th>\s*<td class="number">1<\/td>/)
  assert.match(
    ui.toText(
      ui.keyValues([
        ['a', 'b'],
        ['c', undefined],
      ]),
    ),
    /<dt>a<\/dt>\s*<dd>b<\/dd>(?!.*<dt>)/s,
  )
})
