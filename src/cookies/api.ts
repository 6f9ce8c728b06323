/** The routes by which a site's own server works, and those by which an officer sees what was scanned and counted. */
import { z } from 'zod'
import { Problem } from '../platform/problems.ts'
import { route, type Route } from '../platform/route.ts'
import { act, look, type Actor } from '../platform/world.ts'
import * as policy from '../policy/policy.ts'
import * as cookies from './cookies.ts'
import * as schema from './schema.ts'

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
  response: z.object({ register: schema.register, key: z.string(), now: z.iso.datetime() }),
  handle: async ({ world, actor }) => ({ body: await cookies.settings(world, actor) }),
})

const choices = route({
  method: 'post',
  path: '/v1/cookies/choices',
  id: 'recordChoice',
  summary: { da: 'Registrer, hvad en besøgende valgte.', en: 'Record what a visitor chose.' },
  tasks: ['keepSite'],
  body: schema.submission,
  response: z.object({
    cookie: z.object({ name: z.string(), value: z.string(), maxAgeSeconds: z.int() }),
    receipt: schema.receipt,
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
  response: schema.receipt,
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
    // A key may be for a host below the site; the link is the site's.
    const { register } = await cookies.published(world, actor)
    await act(world, actor, ctx => cookies.unlink(ctx, register.site, params['linkId'] ?? ''))
    return {}
  },
})

const report = route({
  method: 'get',
  path: '/v1/cookies/report',
  id: 'readCookieReport',
  summary: {
    da: 'Cookielisten, hvad besøgende valgte, hvad scanninger fandt, og hvad vagterne fjernede, i tal.',
    en: 'The cookie list, what visitors chose, what scans found and what the guards took out, in figures.',
  },
  tasks: ['scanSites'],
  response: schema.cookieReport,
  handle: async ({ world, actor }) => ({ body: await look(world, actor, cookies.report) }),
})

const scans = route({
  method: 'get',
  path: '/v1/cookies/scans',
  id: 'listScans',
  summary: { da: 'De seneste scanninger, nyeste først.', en: 'The latest scans, newest first.' },
  tasks: ['scanSites'],
  query: schema.siteFilter,
  response: schema.scanList,
  handle: async ({ world, actor, query: { site } }) => {
    const found = await look(world, actor, from => cookies.scans(from, site === undefined ? {} : { site }))
    return { body: { scans: found } }
  },
})

const scan = route({
  method: 'get',
  path: '/v1/cookies/scans/:scanId',
  id: 'readScan',
  summary: { da: 'En scannings rapport, som den blev underskrevet.', en: 'The report of a scan as it was signed.' },
  tasks: ['scanSites'],
  response: schema.keptScan,
  handle: async ({ world, actor, params }) => ({
    body: await look(world, actor, from => cookies.scanReport(from, params['scanId'] ?? '')),
  }),
})

const plans = route({
  method: 'get',
  path: '/v1/cookies/plans',
  id: 'listScanPlans',
  summary: { da: 'De sider, der scannes af sig selv.', en: 'The pages that are scanned by themselves.' },
  tasks: ['scanSites'],
  response: z.object({ plans: z.array(schema.plan) }),
  handle: async ({ world, actor }) => ({ body: { plans: await look(world, actor, cookies.plans) } }),
})

const plan = route({
  method: 'post',
  path: '/v1/cookies/plans',
  id: 'planScan',
  summary: { da: 'Få en side scannet af sig selv.', en: 'Have a page scanned by itself.' },
  tasks: ['scanSites'],
  body: schema.newPlan,
  response: schema.plan,
  status: 201,
  handle: async ({ world, actor, body }) => ({ body: await act(world, actor, ctx => cookies.plan(ctx, body)) }),
})

const unplan = route({
  method: 'post',
  path: '/v1/cookies/plans/end',
  id: 'unplanScan',
  summary: { da: 'Hold op med at scanne en side af sig selv.', en: 'Stop scanning a page by itself.' },
  tasks: ['scanSites'],
  body: schema.planName,
  status: 204,
  handle: async ({ world, actor, body }) => {
    await act(world, actor, ctx => cookies.unplan(ctx, body.url))
    return {}
  },
})

const publicRegister = route({
  method: 'get',
  path: '/v1/cookies/register',
  id: 'readRegister',
  summary: {
    da: 'Et websteds cookieregister; enhver kan scanne mod det.',
    en: 'The cookie register of a site; anybody can scan against it.',
  },
  tasks: [],
  isPublic: true,
  query: schema.siteQuery,
  response: schema.register,
  handle: async ({ world, query }) => {
    if (!(await policy.load(world))) throw new Problem('policy.not_adopted')
    const found = cookies.registerFor(world, query.site)
    if (!found) throw new Problem('cookies.site_unknown')
    return { body: found }
  },
})

const ofSites = [settings, choices, receipts, counts, link, unlink]
const ofOfficers = [report, scans, scan, plans, plan, unplan]

export const routes: readonly Route[] = [...ofSites, ...ofOfficers, publicRegister]
