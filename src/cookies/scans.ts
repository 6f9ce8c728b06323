/** A part of the face: what scans found, kept as it was signed, and which pages are scanned by themselves (S1–S10). */
import { createHash, createPublicKey, verify } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { reportBytes } from '../../scanner/format-json.ts'
import { PERSONAS, type Report, type SignedReport } from '../../scanner/report.ts'
import { canonicalText, sha256OfRegister } from '../../sdk/register.ts'
import type { Register } from '../../sdk/wire.ts'
import * as ledger from '../ledger/ledger.ts'
import * as policy from '../policy/policy.ts'
import { codeOf } from '../platform/failure.ts'
import { faultFields } from '../platform/log.ts'
import { Problem, type Bilingual } from '../platform/problems.ts'
import { act, look, type Actor, type Ctx, type Look, type World } from '../platform/world.ts'
import * as figures from './figures.ts'
import { sitesOf, weeksUntil, type CookieReport } from './report.ts'
import { countedOf, hostsOf, isWhole, pageOf, readReport } from './scan-rules.ts'
import { registerFor } from './settings.ts'
import * as store from './store.ts'

/** A report, the exact bytes that were signed, and the signature over their SHA-256. */
export type Signed = SignedReport & { readonly bytes: Uint8Array }

/** What was kept of a scan. `breaches` and `doubts` count findings. */
export type Recorded = {
  readonly scanId: string
  readonly sha256: string
  readonly isWhole: boolean
  readonly breaches: number
  readonly doubts: number
}

/**
 * Keeps a scan for good, byte for byte as it was signed, and enters it in the ledger. Throws `cookies.scan_unsigned`
 * for bytes that our key did not sign, `cookies.site_unknown` for a site that the policy does not name, and
 * `cookies.scan_unfit` for a scan of a copy elsewhere, one against another list than the one in force, or one that is
 * kept already.
 */
export async function recordScan(ctx: Ctx, signed: Signed): Promise<Recorded> {
  policy.requireTask(ctx, 'scanSites')
  const { report, signature } = trusted(ctx.world, signed)
  const register = registerFor(ctx.world, report.site)
  if (!register) throw new Problem('cookies.site_unknown')
  await requireFit(ctx, register, report)
  const { scanId } = report
  const findings = countedOf(report)
  const sha256 = digestOf(signed.bytes).toString('hex')
  const count = (severity: string) => findings.filter(it => it.severity === severity).length
  const told = { isWhole: isWhole(report, PERSONAS), breaches: count('breach'), doubts: count('doubt') }
  const isNew = await store.insertScan(ctx, {
    ...told,
    scanId,
    site: register.site,
    hosts: hostsOf(report),
    report: signed.bytes,
    signature,
    registerSha256: Buffer.from(report.registerSha256 ?? '', 'hex'),
    startedAt: new Date(report.startedAt),
    finishedAt: new Date(report.finishedAt),
  })
  if (!isNew) throw unfit(TEXTS.known)
  await store.insertFindings(ctx, scanId, findings)
  const { isWhole: whole, breaches, doubts } = told
  const body = { site: register.site, scanId, sha256, whole: Number(whole), breaches, doubts }
  await ledger.appendSystem(ctx, 'cookies.scan_recorded', body)
  return { scanId, sha256, ...told }
}

/** The latest scans, newest first, at most 200: of one site, or of all. */
export const scans = (from: Look, { site }: { readonly site?: string } = {}): Promise<figures.ScanFigures[]> =>
  figures.countScans(from, { site: site ?? null, most: SCANS_MOST })

export type KeptScan = {
  readonly scanId: string
  /** The report's exact text; its UTF-8 bytes are what was signed. */
  readonly report: string
  readonly sha256: string
  /** Ed25519 over the SHA-256 of the report, with the key that signs the ledger; base64. */
  readonly signature: { readonly by: string; readonly publicKey: string; readonly value: string }
}

/** One scan as it was signed. Throws `not_found`. */
export async function scanReport(from: Look, scanId: string): Promise<KeptScan> {
  const found = await store.findScan(from, scanId)
  if (!found) throw new Problem('not_found')
  const { report, signature } = found
  const publicKey = from.world.keys.signerPublicKey.toString('base64')
  return {
    scanId,
    report: report.toString('utf8'),
    sha256: digestOf(report).toString('hex'),
    signature: { by: ledger.ORIGIN, publicKey, value: signature.toString('base64') },
  }
}

/** What the latest whole scan of a host found, for the next one to be held against; null for a host never scanned. */
export async function latestOf(from: Look | Ctx, host: string): Promise<Report | null> {
  const found = await store.findLatestScan(from, host)
  return found ? readReport(found.report) : null
}

/**
 * What an officer must be able to show (Art. 5(2)): each site's list with what scans saw of it, choices as figures,
 * scans over time and what the guards refused, of one moment.
 */
export async function report(from: Look): Promise<CookieReport> {
  const { document, version, sha256 } = policy.current(from)
  const registers = document.sites.flatMap(({ host }) => {
    const register = registerFor(from.world, host)
    return register ? [{ register, sha256: sha256OfRegister(register) }] : []
  })
  const weeks = weeksUntil(from.today)
  const counted = await figures.findCountedScans(from)
  const ground = {
    registers,
    weeks,
    counted: counted.flatMap(it => readReport(it.report) ?? []),
    methods: await figures.countMethods(from),
    accepted: await figures.countAccepted(from),
    guard: await figures.countGuarded(from, weeks[0] ?? from.today),
    scans: await figures.countScans(from, { site: null, most: SCANS_MOST }),
    plans: await figures.findPlans(from),
  }
  return {
    format: 'indsigt-cookie-report/1',
    madeAt: from.now.toISOString(),
    controller: document.controller.name,
    policy: { version, sha256 },
    rules: Object.fromEntries(document.clauses.map(({ id, rule }) => [id, rule])),
    weeks,
    sites: sitesOf(ground),
  }
}

export type Plan = store.PlanRow

/**
 * Has a page scanned by itself, first at once and then every so many hours. Throws `request.invalid` for an address
 * with a query or a name in it, or hours outside 1 to 8784, and `cookies.site_unknown`.
 */
export async function plan(ctx: Ctx, wish: { readonly url: string; readonly everyHours: number }): Promise<Plan> {
  policy.requireTask(ctx, 'scanSites')
  const page = pageOf(wish.url)
  if (!page) throw invalid('url')
  const { everyHours } = wish
  if (!Number.isInteger(everyHours) || everyHours < 1 || everyHours > HOURS_MOST) throw invalid('everyHours')
  const site = policy.siteOf(policy.current(ctx).document, page.host)?.host
  if (site === undefined) throw new Problem('cookies.site_unknown')
  const made = await store.upsertPlan(ctx, { url: page.url, site, everyHours })
  await ledger.appendSystem(ctx, 'cookies.scan_planned', { site, hours: everyHours })
  return made
}

/** Ends the scanning of a page. Throws `not_found`. */
export async function unplan(ctx: Ctx, url: string): Promise<void> {
  policy.requireTask(ctx, 'scanSites')
  const gone = await store.deletePlan(ctx, pageOf(url)?.url ?? url)
  if (!gone) throw new Problem('not_found')
  await ledger.appendSystem(ctx, 'cookies.scan_unplanned', { site: gone.site })
}

/** Every page that is scanned by itself. */
export const plans = (from: Look): Promise<Plan[]> => figures.findPlans(from)

/** Those whose time has come, the one that has waited longest first. */
export const duePlans = (from: Look): Promise<Plan[]> => figures.findDuePlans(from)

/** Scans a page of ours and signs what was found; `former` is the report to hold it against. */
export type Scan = (plan: Plan, register: Register, former: Report | null) => Promise<SignedReport>

/**
 * Scans the page that has waited longest, if any. Its next time is set before the scan begins, so that a page that
 * brings the scanner down does not bring it down again and again. A scan that comes to nothing is noted on the plan.
 * Returns what was recorded, or null.
 */
export async function scanDue(world: World, actor: Actor, scan: Scan): Promise<Recorded | null> {
  if ((await look(world, actor, duePlans)).length === 0) return null
  const taken = await act(world, actor, takeDue)
  if (!taken) return null
  try {
    const register = registerFor(world, taken.site)
    if (!register) throw new Problem('cookies.site_unknown')
    const former = await look(world, actor, from => latestOf(from, new URL(taken.url).hostname))
    const done = await scan(taken, register, former)
    return await act(world, actor, async ctx => {
      const recorded = await recordScan(ctx, { ...done, bytes: reportBytes(done.report) })
      await store.setPlanFailure(ctx, taken.url, null)
      return recorded
    })
  } catch (error) {
    await failed(world, actor, { plan: taken, error })
    return null
  }
}

/** Signs the SHA-256 of a report with the key that signs the ledger. */
export function signerOf({ keys }: World): (digest: Buffer) => NonNullable<SignedReport['signature']> {
  const publicKey = keys.signerPublicKey.toString('base64')
  return digest => ({ by: ledger.ORIGIN, publicKey, value: keys.sign(digest).toString('base64') })
}

const SCANS_MOST = 200
const HOURS_MOST = 8784
const SIGNATURE_BYTES = 64
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

async function takeDue(ctx: Ctx): Promise<Plan | null> {
  policy.requireTask(ctx, 'scanSites')
  const taken = await store.takeDuePlan(ctx)
  await ledger.appendSystem(ctx, 'cookies.scan_begun', { site: taken?.site ?? null })
  return taken ?? null
}

async function failed(
  world: World,
  actor: Actor,
  { plan: { url, site }, error }: { readonly plan: Plan; readonly error: unknown },
): Promise<void> {
  world.log('error', 'cookies.scan_failed', faultFields(error))
  const failure = /^[a-z0-9_./-]{1,80}$/.exec(codeOf(error))?.[0] ?? 'fault'
  await act(world, actor, async ctx => {
    policy.requireTask(ctx, 'scanSites')
    await store.setPlanFailure(ctx, url, failure)
    await ledger.appendSystem(ctx, 'cookies.scan_failed', { site, failure })
  })
}

/** The report that our own key signed; anything else is nobody's word. */
function trusted(world: World, { bytes, report, signature }: Signed): { report: Report; signature: Buffer } {
  const value = Buffer.from(signature?.value ?? '', 'base64')
  const publicKey = Buffer.concat([SPKI_PREFIX, world.keys.signerPublicKey])
  const key = createPublicKey({ key: publicKey, format: 'der', type: 'spki' })
  const isOurs = value.length === SIGNATURE_BYTES && verify(null, digestOf(bytes), key, value)
  const read = isOurs ? readReport(bytes) : null
  if (!read || !isDeepStrictEqual(read, JSON.parse(JSON.stringify(report)))) throw new Problem('cookies.scan_unsigned')
  return { report: read, signature: value }
}

/** A copy elsewhere, or a list of one's own making, would prove anything. */
async function requireFit(ctx: Ctx, register: Register, report: Report): Promise<void> {
  const { document } = policy.current(ctx)
  const hosts = hostsOf(report)
  const isOurs = hosts.length > 0 && hosts.every(host => policy.isPartOfSite(document, register.site, host))
  if (!isOurs) throw unfit(TEXTS.elsewhere)
  const sha256 = sha256OfRegister(register)
  if (report.registerSha256 !== sha256) throw unfit(TEXTS.otherList)
  const row = { sha256: Buffer.from(sha256, 'hex'), site: register.site, policyVersion: register.policyVersion }
  await store.insertRegister(ctx, { ...row, document: canonicalText(register) })
}

function digestOf(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}

function unfit(detail: Bilingual): Problem {
  return new Problem('cookies.scan_unfit', { rule: 'cookies.scan_unfit', clause: 'S1', detail })
}

function invalid(field: 'url' | 'everyHours'): Problem {
  return new Problem('request.invalid', { faults: [{ field, code: 'cookies.plan_unfit', text: TEXTS[field] }] })
}

const TEXTS = {
  known: { da: 'Scanningen er gemt i forvejen.', en: 'The scan is kept already.' },
  elsewhere: {
    da: 'Siderne ligger ikke på webstedet selv. En kopi siger intet om det, besøgende møder.',
    en: 'The pages are not on the site itself. A copy says nothing of what visitors meet.',
  },
  otherList: {
    da: 'Siderne er holdt op mod en anden cookieliste end den, der gælder nu.',
    en: 'The pages were held against another cookie list than the one in force.',
  },
  url: {
    da: 'Skriv sidens adresse uden spørgetegn, #, navn eller kodeord.',
    en: 'Write the address of the page without a question mark, #, name or password.',
  },
  everyHours: { da: 'Skriv et helt antal timer fra 1 til 8784.', en: 'Write whole hours from 1 to 8784.' },
} as const
