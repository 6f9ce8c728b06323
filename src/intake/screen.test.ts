/** What a text from a client must not hold, and the words by which a person has to look. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findCircumstance, hasSensitiveWord, screenFreeText, screenName } from './screen.ts'

test('a name has no place for ten digits; a reference has, unless they surely are a CPR number', () => {
  assert.equal(screenName('Hansen 2506924015'), 'cpr_in_text')
  assert.equal(screenFreeText('2506924015', ''), '')
  assert.equal(screenFreeText('2506924015', '2506924015'), 'cpr_in_text')
  assert.equal(screenFreeText('0707614285', ''), 'cpr_in_text')
  assert.equal(screenFreeText('CVC 123', ''), 'card_secret_in_text')
  assert.equal(screenName('Nørregade 12, 2. tv'), '')
})

test('sensitive words are whole words or beginnings, in any case', () => {
  for (const text of ['SYG', 'sygemeldt.', '(psykiatrisk)', 'Fagforeningskontingent', 'dom: straffet']) {
    assert.ok(hasSensitiveWord(text), text)
  }
  for (const text of ['', 'besyge', 'dyrehospital', 'kræftig', 'straks']) assert.ok(!hasSensitiveWord(text), text)
})

test('a circumstance is a word of its own', () => {
  assert.equal(findCircumstance('Dødsboet efter Jens'), 'deceased')
  assert.equal(findCircumstance('Under værgemål'), 'guardian')
  assert.equal(findCircumstance('adressebeskyttet'), 'protected_address')
  for (const text of ['Værgeløse Jensen', 'Morten Dødsbog', '']) assert.equal(findCircumstance(text), '', text)
})
