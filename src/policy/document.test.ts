/** The published schema of the policy file: it is the one that reads the file. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { policyJsonSchemaText } from './document.ts'
import { shippedText } from './shipped.fixture.ts'

const FILE = new URL('../../policies/policy.schema.json', import.meta.url)

test('the published JSON Schema is the schema that reads the file (UPDATE_SCHEMA=1 writes it anew)', () => {
  if (process.env.UPDATE_SCHEMA === '1') writeFileSync(FILE, policyJsonSchemaText())
  assert.ok(existsSync(FILE))
  assert.equal(readFileSync(FILE, 'utf8'), policyJsonSchemaText())
})

test('an editor finds the schema from the first line of the policy', () => {
  assert.equal(shippedText().split('\n')[0], '# yaml-language-server: $schema=../policy.schema.json')
})

test('an independent JSON Schema validator accepts the shipped policy and refuses an unknown key', async () => {
  const { Ajv } = await import('ajv')
  const { parse } = await import('yaml')
  const ajv = new Ajv({ strict: false, validateFormats: false })
  const validate = ajv.compile(JSON.parse(policyJsonSchemaText()))
  const policy = parse(shippedText())
  assert.equal(validate(policy), true, JSON.stringify(validate.errors))
  assert.equal(validate({ ...policy, surprise: 1 }), false)
})
