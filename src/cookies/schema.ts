/** The shapes that the cookie routes take and give, for the checks at the door and for the API description. */
import { z } from 'zod'

/** No proof, token or cookie is longer; more is nobody's choice. */
const TOKEN_MAX = 512
const CODE = /^[a-z][a-z0-9_]{0,39}$/
const HOST = /^[a-z0-9-]+(\.[a-z0-9-]+)*$/

export const submission = z.strictObject({
  token: z.string().min(1).max(TOKEN_MAX),
  method: z.enum(['accept', 'reject', 'save', 'withdraw']),
  categories: z.array(z.string().regex(CODE)).max(50),
  origin: z.string().max(300).nullable(),
  isGpc: z.boolean(),
  previous: z.string().max(200).nullable(),
})

const text = z.object({ da: z.string(), en: z.string() })
export const receipt = z.object({
  format: z.literal('indsigt-consent-receipt/1'),
  schemaVersion: z.literal('ISO/IEC TS 27560:2023'),
  recordId: z.uuid(),
  controller: z.string(),
  site: z.string(),
  language: z.enum(['da', 'en']),
  policyVersion: z.int(),
  policyUrl: z.string(),
  noticeSha256: z.string(),
  registerSha256: z.string(),
  givenAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  method: z.enum(['accept', 'reject', 'save', 'withdraw']),
  isGpc: z.boolean(),
  purposes: z.array(
    z.object({ category: z.string(), title: z.string(), state: z.enum(['given', 'refused', 'necessary']) }),
  ),
  withdrawnAt: z.iso.datetime().nullable(),
  ledgerEntry: z.uuid(),
  commitment: z.string(),
})

export const register = z
  .object({
    format: z.literal('indsigt-register/1'),
    site: z.string(),
    includesSubdomains: z.boolean(),
    controller: z.string(),
    policyVersion: z.int(),
    policySha256: z.string(),
    policyUrl: z.string(),
    kinds: z.array(z.enum(['persistent', 'session'])),
    bytesMax: z.int(),
    lifetimeMaxSeconds: z.int(),
    choiceCookie: z.string(),
    choiceSeconds: z.int(),
    categories: z.array(
      z.object({ code: z.string(), title: text, text, isNecessary: z.boolean(), signals: z.array(z.string()) }),
    ),
    entries: z.array(z.looseObject({ name: z.string(), kind: z.string(), category: z.string() })),
    guides: z.array(z.object({ name: z.string(), url: z.string() })),
    rules: z.array(z.looseObject({ id: z.string(), clause: z.string(), code: z.string() })),
  })
  .describe('The cookie register of one site, format indsigt-register/1')

/** A site of ours by its host. */
export const siteQuery = z.strictObject({ site: z.string().regex(HOST).max(253) })
export const siteFilter = siteQuery.partial()

const severity = z.enum(['breach', 'doubt', 'note'])
const scanLine = z.object({
  scanId: z.uuid(),
  hosts: z.array(z.string()),
  isWhole: z.boolean().describe('Every kind of visitor saw the site; otherwise it may show a fault but no absence'),
  finishedAt: z.iso.datetime(),
  breaches: z.int(),
  doubts: z.int(),
  added: z.int().nullable().describe('Findings that the scan before did not have'),
  gone: z.int().nullable(),
})

export const scanList = z.object({
  scans: z.array(scanLine.extend({ site: z.string(), startedAt: z.iso.datetime() })),
})

export const keptScan = z.object({
  scanId: z.uuid(),
  report: z.string().describe('The exact text, format indsigt-scan/1; its UTF-8 bytes are what was signed'),
  sha256: z.string(),
  signature: z
    .object({ by: z.string(), publicKey: z.string(), value: z.string() })
    .describe('Ed25519 over the SHA-256 of the report, base64'),
})

const planLine = z.object({
  url: z.string(),
  everyHours: z.int(),
  nextAt: z.iso.datetime(),
  failure: z.string().nullable().describe('Why the latest scan came to nothing'),
})

export const plan = planLine.extend({ site: z.string() })
export const newPlan = z.strictObject({ url: z.string().min(8).max(2000), everyHours: z.int().min(1).max(8784) })
export const planName = newPlan.pick({ url: true })

const count = z.union([z.int(), z.literal('<5')])

export const cookieReport = z.object({
  format: z.literal('indsigt-cookie-report/1'),
  madeAt: z.iso.datetime(),
  controller: z.string(),
  policy: z.object({ version: z.int(), sha256: z.string() }),
  rules: z.record(z.string(), text),
  weeks: z.array(z.iso.date()).describe('Mondays, oldest first'),
  sites: z.array(
    z.object({
      site: z.string(),
      registerSha256: z.string(),
      entries: z.array(
        z.object({
          entry: z.looseObject({ name: z.string(), kind: z.string(), category: z.string() }),
          category: text,
          givenSeconds: z.number().nullable().optional(),
          verdict: z.enum(['kept', 'broken', 'notSeen', 'notScanned']),
        }),
      ),
      choices: z.object({
        total: z.int(),
        isAtLeast: z.boolean(),
        methods: z.array(z.object({ method: z.string(), choices: count })),
        accepted: z.array(z.object({ category: z.string(), title: text, choices: count })),
      }),
      scans: z.array(scanLine),
      findings: z.array(
        z.looseObject({ id: z.string(), clause: z.string(), code: z.string(), severity, text, remedy: text }),
      ),
      guard: z.array(z.object({ clause: z.string(), stripped: z.array(z.int()), explained: z.array(z.int()) })),
      plans: z.array(planLine),
    }),
  ),
})
