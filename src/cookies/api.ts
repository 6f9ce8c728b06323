/** The routes by which a site's own server works: its settings, its visitors' choices, its links and its counts. */
import { z } from 'zod'
import { Problem } from '../platform/problems.ts'
import { route, type Route } from '../platform/route.ts'
import { act, type Actor } from '../platform/world.ts'
import * as cookies from './cookies.ts'

/** No proof, token or cookie is longer; more is nobody's choice. */
const TOKEN_MAX = 512
const CODE = /^[a-z][a-z0-9_]{0,39}$/

const submission = z.strictObject({
  token: z.string().min(1).max(TOKEN_MAX),
  method: z.enum(['accept', 'reject', 'save', 'withdraw']),
  categories: z.array(z.string().regex(CODE)).max(50),
  origin: z.string().max(300).nullable(),
  isGpc: z.boolean(),
  previous: z.string().max(200).nullable(),
})

const text = z.object({ da: z.string(), en: z.string() })
const receipt = z.object({
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

const register = z
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

/** Whoever acts for a site holds its key; nobody else has visitors. */
function siteOf(actor: Actor): string {
  if (actor.site === undefined) throw new Problem('cookies.site_unknown')
  return actor.site
}

const settings = route({
  method: 'get',
  path: '/v1/cookies/settings',
  id: 'readSiteSettings',
  summary: {
    da: 'Hent webstedets cookieregister og nøgle.',
    en: 'Fetch the cookie register and the key of the site.',
  },
  tasks: ['keepSite'],
  response: z.object({ register, key: z.string(), now: z.iso.datetime() }),
  handle: async ({ world, actor }) => ({ body: await cookies.settings(world, actor) }),
})

const choices = route({
  method: 'post',
  path: '/v1/cookies/choices',
  id: 'recordChoice',
  summary: { da: 'Registrer, hvad en besøgende valgte.', en: 'Record what a visitor chose.' },
  tasks: ['keepSite'],
  body: submission,
  response: z.object({
    cookie: z.object({ name: z.string(), value: z.string(), maxAgeSeconds: z.int() }),
    receipt,
  }),
  status: 201,
  handle: async ({ world, actor, body }) => ({ body: await cookies.record(world, actor, body) }),
})

const receipts = route({
  method: 'post',
  path: '/v1/cookies/receipts',
  id: 'readReceipt',
  summary: {
    da: 'Vis kvitteringen, som en besøgendes cookie åbner.',
    en: 'Show the receipt that a visitor’s cookie opens.',
  },
  tasks: ['keepSite'],
  body: z.strictObject({ proof: z.string().regex(/^[\w-]{22}$/) }),
  response: receipt,
  handle: async ({ world, actor, body }) => {
    const found = await cookies.receipt(world, actor, body.proof)
    if (!found) throw new Problem('not_found')
    return { body: found }
  },
})

const counts = route({
  method: 'post',
  path: '/v1/cookies/guard-counts',
  id: 'countGuarded',
  summary: {
    da: 'Meld, hvor ofte webstedets vagt sagde nej, og hvorfor.',
    en: 'Report how often the guard of the site said no, and why.',
  },
  tasks: ['keepSite'],
  body: z.strictObject({
    counts: z
      .array(
        z.strictObject({
          day: z.iso.date(),
          code: z.string().regex(/^[a-z]+\.[a-z_]+$/),
          mode: z.enum(['strip', 'explain']),
          count: z.int().min(1).max(1_000_000_000),
        }),
      )
      .min(1)
      .max(500),
  }),
  status: 204,
  handle: async ({ world, actor, body }) => {
    await cookies.count(world, actor, body.counts)
    return {}
  },
})

const link = route({
  method: 'post',
  path: '/v1/cookies/links',
  id: 'linkVisitor',
  summary: {
    da: 'Knyt en browser til den person, der loggede ind med den.',
    en: 'Link a browser to the person who logged in with it.',
  },
  tasks: ['linkVisitor'],
  body: z.strictObject({
    subjectId: z.uuid(),
    visitor: z.string().max(200),
    language: z.enum(['da', 'en']),
    notice: z.strictObject({ version: z.int().positive(), shownAt: z.iso.datetime() }),
  }),
  response: z.object({ linkId: z.uuid(), noticeId: z.uuid(), isNew: z.boolean() }),
  status: 201,
  isIdempotent: true,
  handle: async ({ world, actor, body }) => {
    siteOf(actor)
    const site = await cookies.published(world, actor)
    const notice = { version: body.notice.version, shownAt: new Date(body.notice.shownAt) }
    const linked = await act(world, actor, ctx => cookies.link(ctx, site, { ...body, notice }))
    return { body: linked, resultId: linked.linkId }
  },
})

const unlink = route({
  method: 'post',
  path: '/v1/cookies/links/:linkId/end',
  id: 'unlinkVisitor',
  summary: { da: 'Ophæv en tilknytning.', en: 'End a link.' },
  tasks: ['linkVisitor'],
  status: 204,
  handle: async ({ world, actor, params }) => {
    await act(world, actor, ctx => cookies.unlink(ctx, siteOf(actor), params['linkId'] ?? ''))
    return {}
  },
})

export const routes: readonly Route[] = [settings, choices, receipts, counts, link, unlink]
