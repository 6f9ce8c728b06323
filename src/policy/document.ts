/**
 * The form of a policy file. One zod schema reads the file, and the JSON Schema that editors use is made from it.
 * Types are in types.ts; the two are held together by the compiler (see `documentSchema`).
 */
import { z } from 'zod'
import { isDate, isDuration } from '../lib/civil-date.ts'
import { FACTS, type PolicyDocument } from './types.ts'

const CODE = /^[a-z][a-z0-9_]{0,39}$/
const line = z.string().min(1).max(300)
const code = z.string().regex(CODE).describe('Code: small letters, digits and underscores')
const clauseId = z.string().regex(/^[A-Z][0-9]{1,3}$/)
const text = z.strictObject({ da: z.string().max(4000), en: z.string().max(4000) }).describe('Danish and English')
const duration = z
  .string()
  .regex(/^P[1-9][0-9]{0,3}[YMD]$/)
  .refine(isDuration)
  .describe('ISO 8601 duration of one unit, e.g. P5Y, P6M, P30D')
const day = z
  .string()
  .regex(/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/)
  .refine(isDate)
const host = z.string().regex(/^(?=.{1,253}$)[a-z0-9-]+(\.[a-z0-9-]+)+$/)
const link = z
  .string()
  .regex(/^https:\/\/[^\s"'<>]+$/)
  .max(500)

const source = z.enum(['website', 'client', 'person', 'authority', 'internal'])
const recipient = z.enum(['creditor', 'lawyer', 'authority', 'other'])
const population = z.enum(['website', 'client', 'debtor', 'employee', 'applicant'])
const work = z.enum(['case', 'disclosure', 'request', 'job', 'review'])
const fact = z.enum(FACTS)
const verb = z.enum([
  'collect',
  'read',
  'disclose',
  'market',
  'link',
  'restrict',
  'object',
  'access',
  'notify',
  'erase',
  'administer',
  'setCookie',
])
const obligation = z.enum(['notifyPerson', 'scheduleNotice', 'recordDisclosure', 'stopMarketing', 'tellRecipients'])

const field = z.strictObject({
  text,
  format: z.enum([
    'text',
    'freeText',
    'cpr',
    'cvr',
    'email',
    'phone',
    'date',
    'amount',
    'currency',
    'postcode',
    'cardToken',
  ]),
  lookup: z.literal('exact').exactOptional(),
  masked: z.boolean().exactOptional(),
})

const purpose = z.strictObject({
  text,
  basis: line,
  because: text,
  work: z.array(work),
  clause: clauseId,
  fields: z.record(code, z.array(code)),
  marketing: z.boolean().exactOptional(),
})

const retention = z.strictObject({
  maximum: duration.exactOptional(),
  anchor: z.enum(['collected', 'caseClosed', 'financialYearEnd', 'relationshipEnded']),
  floor: duration.exactOptional(),
  review: duration,
  clause: clauseId,
  because: text,
})

const category = z.strictObject({
  text,
  population,
  sources: z.array(source).min(1),
  fields: z.array(code).min(1),
  clause: clauseId,
  accounting: z.boolean().exactOptional(),
  retention,
})

const cookie = z.strictObject({
  name: z
    .string()
    .regex(/^(?!\*+$)[A-Za-z0-9_.*-]{1,64}$/)
    .regex(/^[^*]*(\*[^*]+)?\*?$/)
    .describe('Name; at most two * , each for one or more characters, never alone'),
  site: host.exactOptional(),
  kind: z.enum(['cookie', 'localStorage', 'sessionStorage', 'indexedDB', 'cache', 'pixel']),
  setter: line,
  category: code,
  purpose: text,
  lifetime: z.union([duration, z.literal('session')]),
  values: z
    .array(z.string().regex(/^[\x21-\x7e]{1,64}$/))
    .min(1)
    .max(50)
    .exactOptional(),
  random: z.boolean().exactOptional(),
  attributes: z
    .strictObject({
      secure: z.boolean().exactOptional(),
      httpOnly: z.boolean().exactOptional(),
      sameSite: z.enum(['Strict', 'Lax', 'None']).exactOptional(),
    })
    .exactOptional(),
})

/** The signals of Google Consent Mode v2. */
const consentSignal = z.enum([
  'ad_storage',
  'ad_user_data',
  'ad_personalization',
  'analytics_storage',
  'functionality_storage',
  'personalization_storage',
  'security_storage',
])

const rule = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,59}$/),
  clause: clauseId,
  effect: z.enum(['permit', 'forbid']),
  verbs: z.array(verb).min(1),
  sources: z.array(source).min(1).exactOptional(),
  categories: z.array(code).min(1).exactOptional(),
  purposes: z.array(code).min(1).exactOptional(),
  recipients: z.array(recipient).min(1).exactOptional(),
  channels: z.array(code).min(1).exactOptional(),
  fields: z.array(code).min(1).exactOptional(),
  when: z.array(fact).exactOptional(),
  unless: z.array(fact).exactOptional(),
  code: z.string().regex(/^[a-z][a-z_]*\.[a-z][a-z0-9_]*$/),
  article: line,
  text,
  oblige: z.array(obligation).exactOptional(),
})

const controller = z.strictObject({
  name: line,
  cvr: z.string().regex(/^[0-9]{8}$/),
  address: line,
  email: z.email(),
  phone: line,
  officer: z.strictObject({ email: z.email() }),
  timeZone: line,
  financialYearEnds: z.string().regex(/^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$/),
})

const cookies = z.strictObject({
  kinds: z.array(z.enum(['persistent', 'session'])).min(1),
  bytesMax: z.int().min(1).max(4096),
  lifetimeMax: duration,
  browserGuides: z.array(z.strictObject({ name: line, url: link })),
  choice: z.string().regex(/^[a-z][a-z0-9_]{0,15}$/),
  categories: z.record(
    code.max(20),
    z.strictObject({ title: text, text, signals: z.array(consentSignal).min(1).exactOptional() }),
  ),
  entries: z.array(cookie),
})

const schema = z.strictObject({
  format: z.literal('indsigt-policy/1'),
  id: code,
  revision: z.int().min(1),
  validFrom: day,
  title: text,
  controller,
  complaint: z.strictObject({ name: line, address: line, phone: line, email: z.email(), url: link, text }),
  sites: z.array(z.strictObject({ host, subdomains: z.boolean().exactOptional() })).min(1),
  sections: z.record(code, text),
  channels: z.record(code, text),
  fields: z.record(code, field),
  categories: z.record(code, category),
  purposes: z.record(code, purpose),
  recipients: z.partialRecord(recipient, z.strictObject({ text, article: line })),
  cookies,
  clauses: z.array(z.strictObject({ id: clauseId, section: code, text, rule: text, law: z.array(line).min(1) })).min(1),
  rules: z.array(rule).min(1),
})

/** The schema of a policy file. Reading gives a PolicyDocument or zod issues; it never throws on bad files. */
export const documentSchema: z.ZodType<PolicyDocument> = schema

/** The published JSON Schema (draft 7, which YAML editors understand), made from the schema that reads the file. */
export function policyJsonSchema(): object {
  const made = z.toJSONSchema(schema, { target: 'draft-7', io: 'input' })
  return { ...made, title: 'Indsigt policy', $id: 'https://indsigt.example/schemas/policy-1.json' }
}

/** The text of `policies/policy.schema.json`: the schema with two-space indentation and a final newline. */
export function policyJsonSchemaText(): string {
  return JSON.stringify(policyJsonSchema(), null, 2) + '\n'
}
