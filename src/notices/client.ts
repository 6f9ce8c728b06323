/**
 * Sends what is due, one notice at a time: claim and read it in one act, hand it over outside any
 * transaction, settle it in another. See docs/decisions/0012-notices-at-least-once.md for every kill between.
 */
import { addDays } from '../lib/civil-date.ts'
import * as ledger from '../ledger/ledger.ts'
import * as folders from '../platform/private-folder.ts'
import { Problem } from '../platform/problems.ts'
import { handOver, type Handover, type Mail } from '../platform/smtp.ts'
import type { Warrant } from '../platform/warrant.ts'
import { act, civilDate, look, type Actor, type Ctx, type World } from '../platform/world.ts'
import * as policy from '../policy/policy.ts'
import * as subjects from '../subjects/subjects.ts'
import * as ui from '../ui/ui.ts'
import { renderLetter } from '../ui/letter.ts'
import * as work from '../work/work.ts'
import { routeOf, type Contact, type Route } from './address.ts'
import { contentOf, type Content, type Told } from './content.ts'
import { addressedBy, fileOf, letterOf, mailOf, manifestOf } from './message.ts'
import { KIND_OF, nextOf } from './outcome.ts'
import type { MailSettings } from './settings.ts'
import * as store from './store.ts'

export const BATCH_MAX = 200
/** A process that has held a notice in hand for so long is gone: one hand-over ends within two minutes. */
const LEASE_MS = 15 * 60_000
/** One run ends in time for its own lease. */
const RUN_MS = 10 * 60_000
const LANES = 8
/** Letters need days to be printed and carried, so a notice goes out this long before its day. */
export const LEAD_DAYS = 7

export type SendOptions = {
  /** Null: every notice is a letter. */
  readonly mail: MailSettings | null
  /** At most 200. */
  readonly limit?: number
  /** Days before its day that a notice is sent; absent: 7. */
  readonly leadDays?: number
}

export type Sent = {
  readonly mailed: number
  readonly written: number
  readonly returned: number
  readonly later: number
  readonly escalated: number
  /** The batch of letters to be printed, when there is one; its folder lies in `letters` under the dispatch folder. */
  readonly batchId: string | null
}

type Tally = { mailed: number; written: number; returned: number; later: number; escalated: number }
type Run = {
  readonly itemId: string
  readonly until: string
  readonly startedAt: Date
  readonly mail: MailSettings | null
}
type Taken = { readonly notice: store.NoticeRow; readonly mail: Mail | null; readonly became: keyof Tally | null }

/**
 * Sends one batch of what is due by mail or into the folder of letters. Several may run at once: no notice
 * is taken by two. Throws `folder.unsafe`, `folder.full`, and what the database does; nothing is lost then.
 */
export async function send(world: World, actor: Actor, options: SendOptions): Promise<Sent> {
  const tally: Tally = { mailed: 0, written: 0, returned: 0, later: 0, escalated: 0 }
  const lead = options.leadDays ?? LEAD_DAYS
  await recover(world, actor, tally)
  const count = await look(world, actor, it => store.countToSend(it, addDays(it.today, lead)))
  if (count === 0) return { ...tally, batchId: null }
  const run = await begin(world, actor, options)
  const left = { count: Math.min(options.limit ?? BATCH_MAX, BATCH_MAX) }
  const lanes = Array.from({ length: LANES }, () => lane(world, actor, { run, left, tally }))
  // All lanes come to rest before one's failure is told: none may send behind the caller's back.
  const failed = (await Promise.allSettled(lanes)).find(it => it.status === 'rejected')
  if (failed) throw failed.reason
  const isBatch = await finish(world, actor, run.itemId)
  return { ...tally, batchId: isBatch ? run.itemId : null }
}

type Lane = { readonly run: Run; readonly left: { count: number }; readonly tally: Tally }

/** One notice after the other. A relay's answer takes longer than our own work, so several lanes run at once. */
async function lane(world: World, actor: Actor, { run, left, tally }: Lane): Promise<void> {
  while (left.count > 0) {
    left.count -= 1
    const taken = await take(world, actor, run)
    if (!taken) return
    if (taken.became) tally[taken.became] += 1
    if (!taken.mail || !run.mail) continue
    const handover = await handOver(run.mail.relay, taken.mail)
    tally[await settle(world, actor, { notice: taken.notice, handover })] += 1
  }
}

function begin(world: World, actor: Actor, { mail, leadDays = LEAD_DAYS }: SendOptions): Promise<Run> {
  return act(world, actor, async ctx => {
    policy.requireTask(ctx, 'sendNotices')
    const itemId = await work.openItem(ctx, { kind: 'job', subjectId: null, relationshipId: null })
    await ledger.appendSystem(ctx, 'notices.sending_begun', { item: itemId })
    return { itemId, until: addDays(ctx.today, leadDays), startedAt: ctx.now, mail }
  })
}

const NOTHING = new Error('nothing left to send')

/** Takes the next notice for us alone. A mail is only marked as in hand here; a letter is already written. */
async function take(world: World, actor: Actor, run: Run): Promise<Taken | null> {
  try {
    return await act(world, actor, async ctx => {
      const notice = ctx.now.getTime() - run.startedAt.getTime() < RUN_MS && (await store.claimNext(ctx, run.until))
      if (!notice) throw NOTHING
      policy.requireTask(ctx, 'sendNotices')
      return prepare(ctx, notice, run)
    })
  } catch (error) {
    if (error === NOTHING) return null
    throw error
  }
}

async function prepare(ctx: Ctx, notice: store.NoticeRow, run: Run): Promise<Taken> {
  const warrant = await work.warrant(ctx, { kind: 'job', id: run.itemId }, 'notices')
  const contact = await read(ctx, warrant, notice, run)
  if (typeof contact === 'string') return escalate(ctx, notice, contact)
  const told = await toldOf(ctx, notice, contact)
  if (typeof told === 'string') return escalate(ctx, notice, told)
  const { language, returnedChannels: returned } = notice
  const route = routeOf({ contact, mail: run.mail ? 'confidential' : 'none', returned, language })
  return hand(ctx, { notice, route, content: contentOf(told), contact, run })
}

type Hand = {
  readonly notice: store.NoticeRow
  readonly route: Route
  readonly content: Content
  readonly contact: Contact
  readonly run: Run
}

async function hand(ctx: Ctx, { notice, route, content, contact, run }: Hand): Promise<Taken> {
  if (route.channel === 'none') return escalate(ctx, notice, route.failure)
  if (route.channel === 'letter') {
    writeLetter(ctx, { notice, lines: route.lines, content, batchId: run.itemId })
    await store.markWritten(ctx, notice.noticeId, run.itemId)
    await enter(ctx, notice, 'notices.written', { channel: 'letter', batch: run.itemId })
    return { notice, mail: null, became: 'written' }
  }
  await store.markHanded(ctx, notice.noticeId)
  await enter(ctx, notice, 'notices.handed_over', { channel: 'email', attempt: notice.attempts + 1 })
  const from = run.mail?.from ?? policy.current(ctx).document.controller.email
  const mail = mailOf(notice, content, { from, to: route.to, contact })
  return { notice: { ...notice, attempts: notice.attempts + 1 }, mail, became: null }
}

async function escalate(ctx: Ctx, notice: store.NoticeRow, failure: string): Promise<Taken> {
  await store.markEscalated(ctx, notice.noticeId, failure)
  await enter(ctx, notice, 'notices.escalated', { failure })
  return { notice, mail: null, became: 'escalated' }
}

const PAPER = ['name', 'address', 'co_address', 'postcode', 'city', 'country', 'reference']

/** Opens name, address and reference as they now stand, and enters the reading; a code when it may not. */
async function read(ctx: Ctx, warrant: Warrant, notice: store.NoticeRow, run: Run): Promise<Contact | string> {
  const { subjectId, relationshipId } = notice
  const newest = addressedBy(await subjects.rowsOf(ctx, subjectId), relationshipId)
  const fields = run.mail ? [...PAPER, 'email'] : PAPER
  try {
    const facts = { roleAllowed: true, workOpen: true }
    const request = { subjectId, verb: 'notify', records: newest, fields, factsOf: () => facts } as const
    const { opened } = await subjects.open(ctx, warrant, request)
    const inOrder = opened.toSorted((one, other) => one.row.collectedAt.getTime() - other.row.collectedAt.getTime())
    const contact = Object.assign({}, ...inOrder.map(it => it.values)) as Contact
    const detail = {
      purpose: warrant.purpose,
      work: 'job',
      workId: run.itemId,
      records: inOrder.map(it => it.row.recordId),
    }
    await subjects.enter(ctx, [
      { subjectId, kind: 'subjects.read', detail: { ...detail, fields: Object.keys(contact).toSorted() } },
    ])
    return contact
  } catch (error) {
    if (error instanceof Problem && (error.code === 'policy.refused' || error.code === 'subjects.integrity'))
      return error.code
    throw error
  }
}

/** Everything the notice says, or the code of why nobody can say it. */
async function toldOf(ctx: Ctx, notice: store.NoticeRow, contact: Contact): Promise<Told | string> {
  const { document } = policy.current(ctx)
  const { noticeId, subjectId, language, relationshipId, recipientKind, fields } = notice
  const relationship = relationshipId ? await work.relationship(ctx, relationshipId) : null
  const creditor = relationship?.clientId ? await work.party(ctx, relationship.clientId) : null
  if (!creditor) return 'notices.no_template'
  const day = ui.formatDay(civilDate(notice.createdAt), language)
  const validFrom = ui.formatDay(document.validFrom, language)
  const reference = contact['reference'] ? { reference: contact['reference'] } : {}
  const common = { noticeId, language, document, day, validFrom, creditor: creditor.name, ...reference }
  if (notice.kind === 'collection') {
    const rows = await subjects.rowsOf(ctx, subjectId)
    const held = rows.filter(row => row.relationshipId === relationshipId && row.erasedAt === null)
    return { ...common, about: { kind: 'collection', categories: [...new Set(held.map(row => row.category))] } }
  }
  const recipient = notice.recipientId ? await work.party(ctx, notice.recipientId) : null
  if (!recipient || !recipientKind || !fields) return 'notices.no_template'
  const demand = notice.demandId ? { demandBasis: (await work.demandOf(ctx, notice.demandId)).legalBasis } : {}
  return { ...common, about: { kind: 'disclosure', recipient: recipient.name, recipientKind, fields, ...demand } }
}

type ToWrite = Pick<Hand, 'notice' | 'content'> & { readonly lines: readonly string[]; readonly batchId: string }

function writeLetter(ctx: Ctx, { notice, lines, content, batchId }: ToWrite): void {
  const letters = folders.openFolder(ctx.world.dispatchFolder, 'letters')
  const folder = folders.openFolder(letters, `${batchId}.part`)
  const returnTo = policy.current(ctx).document.controller.address
  const letter = letterOf(notice, content, { returnTo, lines, date: ui.formatDay(ctx.today, notice.language) })
  folders.writeWhole(folder, fileOf(notice), renderLetter(letter))
}

type Fared = { readonly notice: store.NoticeRow; readonly handover: Handover }

/** Writes down how a mail fared. */
function settle(world: World, actor: Actor, { notice: { noticeId, attempts }, handover }: Fared): Promise<keyof Tally> {
  const next = nextOf(handover, attempts)
  return act(world, actor, async ctx => {
    policy.requireTask(ctx, 'sendNotices')
    const notice = await store.lock(ctx, noticeId)
    if (!notice) throw new Error('a notice that is gone')
    const evidence = handover.outcome === 'accepted' ? { protocol: handover.protocol, cipher: handover.cipher } : {}
    const failure = next.state === 'sent' ? {} : { failure: next.failure }
    await enter(ctx, notice, KIND_OF[next.state], { channel: 'email', ...evidence, ...failure })
    if (next.state === 'sent') await store.markSent(ctx, noticeId)
    if (next.state === 'returned') await store.markReturned(ctx, noticeId, next.failure)
    if (next.state === 'escalated') await store.markEscalated(ctx, noticeId, next.failure)
    if (next.state === 'later') {
      await store.markRetry(ctx, noticeId, next.failure, new Date(ctx.now.getTime() + next.afterMinutes * 60_000))
    }
    return next.state === 'sent' ? 'mailed' : next.state
  })
}

/** Makes the batch complete, with a list by id and its final name, and closes the run. True when it has letters. */
function finish(world: World, actor: Actor, batchId: string): Promise<boolean> {
  return act(world, actor, async ctx => {
    policy.requireTask(ctx, 'sendNotices')
    const letters = folders.openFolder(world.dispatchFolder, 'letters')
    const rows = await store.lockBatch(ctx, batchId)
    const isOpen = folders.hasFolder(letters, `${batchId}.part`)
    const written = isOpen ? await reconcile(ctx, folders.openFolder(letters, `${batchId}.part`), rows) : []
    if (isOpen && written.length > 0) folders.renameFolder(letters, `${batchId}.part`, batchId)
    if (isOpen && written.length === 0) folders.removeFolder(letters, `${batchId}.part`)
    await work.closeItem(ctx, batchId)
    await ledger.appendSystem(ctx, 'notices.sending_ended', { item: batchId, letters: written.length })
    return written.length > 0
  })
}

/** After a kill a file may lack its row or a row its file: the file goes, the row waits for another batch. */
async function reconcile(ctx: Ctx, folder: string, rows: readonly store.NoticeRow[]): Promise<store.NoticeRow[]> {
  const names = new Set(folders.namesIn(folder))
  const written = rows.filter(row => names.has(fileOf(row)))
  const known = new Set(written.map(fileOf))
  for (const name of names) if (!known.has(name)) folders.removeFile(folder, name)
  const lost = rows.filter(row => !names.has(fileOf(row))).map(row => row.noticeId)
  await store.unbatch(ctx, lost)
  if (written.length > 0) folders.writeWhole(folder, 'manifest.jsonl', manifestOf(written))
  return written
}

/** Puts in order what a run left that was killed: mails that may have gone, and batches without an end. */
async function recover(world: World, actor: Actor, tally: Tally): Promise<void> {
  const before = await look(world, actor, async it => new Date(it.now.getTime() - LEASE_MS))
  const stale = await look(world, actor, it => store.countStale(it, before))
  if (stale > 0) {
    await act(world, actor, async ctx => {
      policy.requireTask(ctx, 'sendNotices')
      const rows = await store.lockStale(ctx, before)
      for (const notice of rows) await escalate(ctx, notice, 'notices.outcome_unknown')
      tally.escalated += rows.length
      await ledger.appendSystem(ctx, 'notices.outcomes_unknown', { count: rows.length })
    })
  }
  const letters = folders.openFolder(world.dispatchFolder, 'letters')
  for (const name of folders.namesIn(letters)) {
    const batchId = /^([\da-f-]{36})\.part$/.exec(name)?.[1]
    const item = batchId && (await look(world, actor, it => work.item(it, batchId)))
    if (batchId && (!item || item.openedAt < before)) await finish(world, actor, batchId)
  }
}

type Detail = { readonly [name: string]: unknown }

function enter(ctx: Ctx, { subjectId, noticeId, kind: noticeKind }: store.NoticeRow, kind: string, detail: Detail) {
  return subjects.enter(ctx, [{ subjectId, kind, detail: { noticeId, noticeKind, ...detail } }])
}
