/** The catalogue of refusals: each code has a status and a remedy in both languages, and one page that lists it. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { CATALOGUE, Problem, type Bilingual, statusOf, toJson, toLines } from './problems.ts'

const FILE = new URL('../../docs/problems.md', import.meta.url)
const entries = Object.entries(CATALOGUE)

const cell = ({ da, en }: Bilingual) => `${da}<br>${en}`

/** The page as Markdown, by code in alphabetical order. */
function page(): string {
  const rows = entries
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([code, it]) => [`<a id="${code}"></a>\`${code}\``, it.status, cell(it.title), cell(it.remedy)].join(' | '))
    .map(row => `| ${row} |`)
  return `# Problems

Every refusal the program gives has one of these codes, over the API (RFC 9457, \`type\` is \`/problems#code\`), on
a page and in the terminal. Made from \`src/platform/problem-catalogue.ts\`; its test with \`UPDATE_DOCS=1\` writes
it anew.

| Code | Status | What happened | What to do |
|---|---|---|---|
${rows.join('\n')}
`
}

test('docs/problems.md lists the catalogue as it is (UPDATE_DOCS=1 writes it anew)', () => {
  if (process.env.UPDATE_DOCS === '1') writeFileSync(FILE, page())
  assert.equal(readFileSync(FILE, 'utf8'), page())
})

test('every code has a failing status, and each sentence ends as a sentence in its own language', () => {
  for (const [code, { status, title, remedy }] of entries) {
    assert.match(code, /^[a-z]+(\.[a-z_]+)?$|^not_found$/)
    assert.ok(status >= 400 && status <= 599, code)
    for (const text of [title.da, title.en]) assert.match(text, /^[A-ZÆØÅ].*\.$/, code)
    for (const text of [remedy.da, remedy.en]) assert.ok(text.length > 5 && !text.includes('|'), code)
    assert.notEqual(title.da, title.en, code)
    assert.notEqual(remedy.da, remedy.en, code)
  }
})

test('a refusal names the promise and the fields, and says what to do, in JSON and in the terminal', () => {
  const text = { da: 'Må ikke være tom.', en: 'Must not be empty.' }
  const faults = [{ field: 'cpr', line: 4, code: 'empty', clause: 'S13', text }]
  const problem = new Problem('request.invalid', { rule: 'fields.named', clause: 'S13', faults })
  assert.equal(statusOf(problem), 400)
  const json = toJson(problem, 'en', 'urn:x')
  assert.deepEqual(
    [json['code'], json['type'], json['clause']],
    ['request.invalid', '/problems#request.invalid', 'S13'],
  )
  assert.deepEqual(json['faults'], [{ ...faults[0], text: text.en }])
  assert.deepEqual(toLines(problem, 'da'), [
    'Felterne passer ikke. (fields.named, S13)',
    '  linje 4, cpr: Må ikke være tom. (S13)',
    'Ret de nævnte felter, og send igen.',
  ])
})
