/** The published policy page: rendered from the policy file alone, in both languages. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { companyOf, renderPolicy } from './page.ts'
import { parse } from './parse.ts'
import type { PolicyDocument } from './types.ts'

const file = readFileSync(new URL('../../policies/intrum/policy.yaml', import.meta.url))
const meta = { version: 1, sha256: 'ab'.repeat(32), adoptedAt: '2026-11-23T08:48:00Z' }
const languages = ['da', 'en'] as const

function shipped(): PolicyDocument {
  const result = parse(file)
  assert.ok(result.ok)
  return result.policy.document
}

const textOf = (page: string) =>
  page
    .replace(/<[^>]*>/g, '')
    .replace(/&#39;/g, "'")
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&')

test('every sentence of the shipped policy is on the page in both languages, and leads to its promise', () => {
  const policy = shipped()
  assert.equal(policy.clauses.length, 25)
  for (const language of languages) {
    const page = renderPolicy(policy, meta, language)
    const text = textOf(page)
    for (const clause of policy.clauses) {
      assert.ok(text.includes(clause.text[language].replace(/[«»]/g, '')), `${clause.id} ${language}`)
      assert.ok(text.includes(clause.rule[language]), `${clause.id} rule ${language}`)
      for (const law of clause.law) assert.ok(text.includes(law), law)
      assert.ok(page.includes(`<li id="${clause.id}">`))
      assert.ok(page.includes(`href="${language === 'en' ? '/en' : ''}/promises#${clause.id}"`))
    }
    assert.ok(!text.includes('«'), 'the pen signs are drawn, not written')
  }
})

test('every category shows its limit, every purpose its basis, every cookie its lifetime', () => {
  const policy = shipped()
  for (const language of languages) {
    const text = textOf(renderPolicy(policy, meta, language))
    for (const category of Object.values(policy.categories)) {
      assert.ok(text.includes(category.text[language]), category.text.en)
      assert.ok(text.includes(category.retention.because[language]))
    }
    for (const purpose of Object.values(policy.purposes)) assert.ok(text.includes(purpose.because[language]))
    for (const cookie of policy.cookies.entries) assert.ok(text.includes(cookie.purpose[language]), cookie.name)
  }
})

test('a limit changed in the policy is changed on the page', () => {
  const policy = shipped()
  const [code, category] = Object.entries(policy.categories)[0]!
  const changed = { ...category, retention: { ...category.retention, maximum: 'P77D' } }
  const page = renderPolicy({ ...policy, categories: { ...policy.categories, [code]: changed } }, meta, 'da')
  assert.match(page, /Senest 77\u00a0dage/)
  assert.doesNotMatch(renderPolicy(policy, meta, 'da'), /77\u00a0dage/)
})

test('only recipients some rule lets receive anything are listed', () => {
  const policy = shipped()
  const listed = textOf(renderPolicy(policy, meta, 'en'))
  assert.ok(listed.includes(policy.recipients.creditor!.text.en))
  if (policy.recipients.other) assert.ok(!listed.includes(policy.recipients.other.text.en))
  const none = { ...policy, rules: policy.rules.filter(rule => !rule.verbs.includes('disclose')) }
  assert.match(renderPolicy(none, meta, 'en'), /Nobody receives data from us\./)
})

test('the page says who answers for it, where to complain, and how to recognise it', () => {
  const policy = shipped()
  const page = renderPolicy(policy, meta, 'da')
  for (const need of [policy.controller.name, policy.controller.officer.email, policy.complaint.url, meta.sha256])
    assert.ok(page.includes(need), need)
  assert.equal(companyOf(policy).timeZone, policy.controller.timeZone)
})

test('a hostile word in a policy file is text on the page', () => {
  const policy = shipped()
  const evil = '«<img src=x onerror=alert(1)>» "\'&'
  const clauses = policy.clauses.map(clause => ({ ...clause, text: { da: evil, en: evil }, law: [evil] }))
  const complaint = { ...policy.complaint, url: 'javascript:alert(1)', name: evil }
  const page = renderPolicy({ ...policy, clauses, complaint, title: { da: evil, en: evil } }, meta, 'da')
  assert.doesNotMatch(page, /<img|javascript:/)
})

test('the page carries no script and no inline style', () => {
  for (const language of languages)
    assert.doesNotMatch(renderPolicy(shipped(), meta, language), /<script|<style|\sstyle=|\son[a-z]+="/i)
})
