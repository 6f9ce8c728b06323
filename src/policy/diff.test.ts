import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diff } from './diff.ts'
import { shippedPolicy } from './shipped.fixture.ts'
import type { PolicyDocument } from './types.ts'

const { document } = shippedPolicy()
type Open = { -readonly [key in keyof PolicyDocument]: any }
function changed(edit: (copy: Open) => void): PolicyDocument {
  const copy: Open = structuredClone(document)
  edit(copy)
  return copy
}
const short = (after: PolicyDocument, before = document) =>
  diff(before, after).map(one => `${one.kind} ${one.area} ${one.code} ${one.parts.join('+')}`.trim())

test('a policy does not differ from itself, nor when only the order of keys differs', () => {
  assert.deepEqual(diff(document, structuredClone(document)), [])
  const turned = changed(copy => {
    copy.purposes = Object.fromEntries(Object.entries(copy.purposes).reverse())
  })
  assert.deepEqual(diff(document, turned), [])
})

const rows: readonly [rule: string, edit: (copy: Open) => void, found: string[]][] = [
  ['a longer time is a change of retention', c => (c.categories.web_contact.retention.maximum = 'P6Y'), ['changed retention web_contact maximum']],
  ['a clause gone is seen', c => c.clauses.splice(14, 1), ['removed clause S15']],
  ['a rule loosened is seen', c => (c.rules.find((r: any) => r.id === 's22-no-notice').unless = []), ['changed rule s22-no-notice unless']],
  ['a purpose that sees more is seen', c => c.purposes.notices.fields.debtor_identity.push('cpr'), ['changed purpose notices fields']],
  ['a new field is seen', c => (c.fields.shoe = { text: { da: 'Sko', en: 'Shoe' }, format: 'text' }), ['added field shoe']],
  ['a source more is a change of the category', c => c.categories.debt_claim.sources.push('website'), ['changed category debt_claim sources']],
  ['a cookie more is seen', c => c.cookies.entries.push({ ...c.cookies.entries[0], name: 'spor' }), ['added cookie spor intrum.dk']],
  ['session cookies allowed is seen', c => c.cookies.kinds.push('session'), ['changed cookie (limits) kinds']],
  ['a site gone is seen', c => c.sites.pop(), ['removed site intrum.com']],
  ['another financial year is seen', c => (c.controller.financialYearEnds = '06-30'), ['changed controller controller financialYearEnds']],
  ['a recipient gone is seen', c => delete c.recipients.lawyer, ['removed recipient lawyer']],
]
for (const [rule, edit, found] of rows) test(rule, () => assert.deepEqual(short(changed(edit)), found))

test('what is added one way is removed the other way, and each is said in both languages', () => {
  const after = changed(copy => copy.clauses.pop())
  assert.deepEqual(short(document, after), ['added clause S25'])
  assert.deepEqual(diff(document, after)[0]?.text, { da: 'Løfte S25 fjernet', en: 'Clause S25 removed' })
})
