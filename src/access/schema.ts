/** The published shape of the access reply. Each part says which letter of Art. 15 it answers. */
import { z } from 'zod'

const text = z.object({ da: z.string(), en: z.string() })
const coded = z.object({ code: z.string(), text: text.optional() })
const instant = z.string()
const day = z.iso.date()

const recipient = z.object({
  name: z.string().nullable(),
  kind: z.enum(['creditor', 'lawyer', 'authority']),
  at: instant,
})

const record = z.object({
  recordId: z.uuid(),
  relationshipId: z.uuid(),
  category: coded.describe('Art. 15(1)(b)'),
  values: z
    .array(z.object({ field: z.string(), text: text.optional(), value: z.string() }))
    .describe('Art. 15(3): the data itself'),
  source: z
    .object({
      kind: z.string(),
      text: text.optional(),
      site: z.string().optional(),
      client: z.string().optional(),
      receivedOn: day.optional(),
    })
    .describe('Art. 15(1)(g)'),
  purpose: z
    .object({ code: z.string(), text: text.optional(), basis: z.string().optional(), because: text.optional() })
    .describe('Art. 15(1)(a)'),
  collectedAt: instant,
  policyVersion: z.number().int(),
  kept: z
    .object({ until: day.nullable(), code: z.string(), clause: z.string(), sentence: text })
    .optional()
    .describe('Art. 15(1)(d): the day by which it is erased and why'),
  restrictedAt: instant.nullable().describe('Art. 18'),
  recipients: z.array(recipient.extend({ fields: z.array(z.string()) })).describe('Art. 15(1)(c): by name'),
  noticeId: z.uuid().nullable(),
  consentId: z.uuid().nullable(),
  voucherId: z.uuid().nullable(),
  supersedes: z.uuid().nullable(),
})

const erased = z.object({
  recordId: z.uuid(),
  category: coded,
  collectedAt: instant,
  erasedAt: instant,
  reason: z.string().nullable(),
})

const relationship = z.object({
  relationshipId: z.uuid(),
  kind: z.string(),
  openedOn: day,
  limitationOn: day.nullable(),
  disputedOn: day.nullable(),
  closedOn: day.nullable(),
  closeReason: z.string().nullable(),
  reviewOn: day,
  client: z.string().nullable(),
  lawyers: z.array(z.object({ name: z.string(), assignedOn: day, endedOn: day.nullable() })),
})

const disclosure = z.object({
  disclosureId: z.uuid(),
  relationshipId: z.uuid(),
  recipient,
  fields: z.array(z.string()),
  records: z.array(z.uuid()),
  demandId: z.uuid().nullable(),
  consentId: z.uuid().nullable(),
  noticeId: z.uuid(),
  contentSha256: z.string(),
  package: z.object({ expiresAt: instant, fetchedAt: instant.nullable() }),
})

const voucher = z.object({
  voucherId: z.uuid(),
  relationshipId: z.uuid(),
  bookedOn: day,
  financialYearEndsOn: day,
  floorUntil: day,
})

const hold = z.object({
  holdId: z.uuid(),
  relationshipId: z.uuid(),
  reason: z.string(),
  placedOn: day,
  reviewOn: day,
  liftedOn: day.nullable(),
})

const demand = z.object({
  demandId: z.uuid(),
  relationshipId: z.uuid(),
  authorityId: z.uuid(),
  authority: z.string(),
  reference: z.string().nullable(),
  legalBasis: z.string(),
  fields: z.array(z.string()),
  demandedOn: day,
  validUntil: day,
})

const notice = z.object({
  noticeId: z.uuid(),
  kind: z.string(),
  relationshipId: z.uuid().nullable(),
  dueOn: day,
  state: z.string(),
  channel: z.string().nullable(),
  language: z.enum(['da', 'en']),
  sentAt: instant.nullable(),
})

const consent = z.object({
  consentId: z.uuid(),
  purpose: z.string(),
  channel: z.string(),
  recipient: z.string().nullable(),
  text: z.string().nullable(),
  textVersion: z.string(),
  textSha256: z.string(),
  language: z.enum(['da', 'en']),
  policyVersion: z.number().int(),
  givenAt: instant,
  validUntil: day.nullable(),
  state: z.string(),
  events: z.array(z.object({ state: z.string(), at: instant })),
})

const request = z.object({
  requestId: z.uuid(),
  kind: z.string(),
  channel: z.string(),
  receivedOn: day,
  dueOn: day,
  answeredAt: instant.nullable(),
  outcome: z.string().nullable(),
  reason: z.string().nullable(),
  explanation: z.object({ text, article: z.string() }).nullable(),
  records: z.array(z.object({ recordId: z.uuid(), outcome: z.string().nullable() })),
})

const entry = z.object({
  entryId: z.uuid(),
  at: instant,
  kind: z.string(),
  by: z.object({ role: z.string(), id: z.string() }).optional(),
  detail: z.record(z.string(), z.unknown()).optional(),
})

const unmatched = z.object({
  client: z.string(),
  receivedOn: day,
  reason: z.string(),
  reviewOn: day,
  values: z.record(z.string(), z.string()),
  withheld: z.array(z.string()),
  explanation: text,
})

/** The whole reply; nothing may be in it that is not described here. */
export const replySchema = z.strictObject({
  format: z.literal('indsigt-access/1'),
  madeAt: instant,
  request: z.object({ requestId: z.uuid(), receivedOn: day, dueOn: day }),
  subjectId: z.uuid(),
  policy: z.object({ version: z.number().int(), sha256: z.string(), title: text, page: z.string() }),
  controller: z.object({
    name: z.string(),
    cvr: z.string(),
    address: z.string(),
    email: z.string(),
    phone: z.string(),
    officer: z.string(),
  }),
  confirmation: text.describe('Art. 15(1): whether data is processed'),
  records: z.array(record),
  erased: z.array(erased).describe('What there was, when it went and why'),
  relationships: z.array(relationship),
  vouchers: z.array(voucher),
  holds: z.array(hold),
  disclosures: z.array(disclosure).describe('Art. 15(1)(c)'),
  demands: z.array(demand),
  notices: z.array(notice),
  consents: z.array(consent),
  requests: z.array(request),
  log: z.array(entry).describe('Who looked, when and why'),
  unmatched: z.array(unmatched).describe('Rows not yet matched to a person'),
  reviews: z.array(
    z.object({ queuedOn: day, reason: z.string(), settledOn: day.nullable(), outcome: z.string().nullable() }),
  ),
  cookies: z.object({
    links: z.array(
      z.object({
        linkId: z.uuid(),
        site: z.string(),
        linkedAt: z.iso.datetime(),
        noticeId: z.uuid(),
        chosenAt: z.iso.datetime().nullable(),
        accepted: z.array(z.object({ code: z.string(), text: text.optional() })),
        endedAt: z.iso.datetime().nullable(),
        endedBy: z.enum(['objection', 'erasure', 'visitor', 'site', 'expired']).nullable(),
      }),
    ),
    statement: text,
  }),
  rights: z.array(z.object({ article: z.string(), text })).describe('Art. 15(1)(e)'),
  complaint: z.object({ name: z.string(), text }).loose().describe('Art. 15(1)(f)'),
  automatedDecisions: text.describe('Art. 15(1)(h)'),
  transfers: text.describe('Art. 15(2)'),
})
