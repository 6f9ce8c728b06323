/** How a visitor's choice is taken: checked, recorded for good, and answered with the cookie and the receipt. */
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { newProof, readChoice, writeChoice, type Token } from '../../sdk/choice.ts'
import { askedCategories, sha256OfRegister } from '../../sdk/register.ts'
import type { Receipt, Recorded, Submission } from '../../sdk/wire.ts'
import * as ledger from '../ledger/ledger.ts'
import * as policy from '../policy/policy.ts'
import { gather } from '../platform/gather.ts'
import { Problem } from '../platform/problems.ts'
import { act, look, system, type Actor, type Ctx, type World } from '../platform/world.ts'
import { acceptedBy, commitmentOf, receiptOf, tokenOf, type Told } from './choice-rules.ts'
import { published, sealOf, type Settings } from './settings.ts'
import * as store from './store.ts'

type Item = { readonly settings: Settings; readonly submission: Submission }

/** One submission that passed every check but whether its token is spent. */
type Ready = Item & {
  readonly token: Token
  readonly noticeSha256: string
  readonly accepted: readonly string[]
}

type Done = { readonly ready: Ready; readonly row: store.NewChoice; readonly proof: string }

const ROUND_MOST = 500
/** One round is read and sealed here while the other is on its way to the disk. */
const LANES = 2
const rounds = new WeakMap<World, (item: Item) => Promise<Recorded | Problem>>()

/**
 * Records what a visitor of the actor's site chose, with our clock and our verdict. It is on disk when this resolves;
 * choices that come together are written together. Throws `cookies.token_unfit` (forged, spent, expired, another
 * site), `cookies.notice_outdated`, `cookies.origin_unfit` and `request.invalid` (unknown category).
 */
export async function record(world: World, actor: Actor, submission: Submission): Promise<Recorded> {
  if (!policy.may(actor.role, 'keepSite')) throw new Problem('identity.not_allowed', { rule: 'task.keepSite' })
  const item = { settings: await published(world, actor), submission }
  const known = rounds.get(world) ?? gather((items: readonly Item[]) => recordAll(world, items), ROUND_MOST, LANES)
  rounds.set(world, known)
  const recorded = await known(item)
  if (recorded instanceof Problem) throw recorded
  return recorded
}

/** One round: what is unfit is told to the one who sent it, the rest is written in one transaction. */
async function recordAll(world: World, items: readonly Item[]): Promise<(Recorded | Problem)[]> {
  let refused: Problem[] | undefined
  try {
    return await act(world, system('api', 'cookies.choices'), async ctx => {
      policy.requireTask(ctx, 'keepSite')
      const judged = items.map(item => checked(ctx, item))
      const done = await write(ctx, judged.filter(isReady))
      if (done.size === 0) {
        refused = judged.map(it => (isReady(it) ? unfit('token_unfit') : it))
        throw refused[0] ?? unfit('token_unfit')
      }
      return judged.map(it => answerOf(ctx, it, done))
    })
  } catch (error) {
    if (refused) return refused
    // A database that is away is away for all; each trying alone would keep them waiting in a row.
    if (error instanceof Problem && AWAY.includes(error.code)) return items.map(() => error)
    throw error
  }
}

const AWAY: readonly string[] = ['database.away', 'database.busy', 'database.full']

function answerOf(ctx: Ctx, judged: Ready | Problem, done: ReadonlyMap<Ready, Done>): Recorded | Problem {
  if (!isReady(judged)) return judged
  const made = done.get(judged)
  return made ? recordedOf(ctx, made) : unfit('token_unfit')
}

function checked(ctx: Ctx, item: Item): Ready | Problem {
  const { settings, submission } = item
  if (settings.register.policySha256 !== policy.current(ctx).sha256) return unfit('notice_outdated')
  const told = tokenOf(submission, { ...settings, now: ctx.now })
  if (told.outcome !== 'fit') return unfit(told.outcome)
  const accepted = acceptedBy(submission, settings.register)
  const faults = [{ field: 'categories', code: 'cookies.category_unknown', clause: 'S1' }]
  return accepted === null ? new Problem('request.invalid', { faults }) : { ...item, ...told, accepted }
}

function isReady(it: Ready | Problem): it is Ready {
  return !(it instanceof Problem)
}

function unfit(outcome: 'token_unfit' | 'notice_outdated' | 'origin_unfit'): Problem {
  return new Problem(`cookies.${outcome}`, { rule: `cookies.${outcome}`, clause: 'S1' })
}

/**
 * Writes the choices whose token is spent by it; a second with the same token finds it taken, in this very round too.
 * What stood in the same browsers before is replaced.
 */
async function write(ctx: Ctx, items: readonly Ready[]): Promise<Map<Ready, Done>> {
  const firsts = new Map(items.toReversed().map(item => [digestOf(`token\n${item.token.nonce}`).toString('hex'), item]))
  if (firsts.size === 0) return new Map()
  // In one order everywhere, so that two rounds never wait for each other.
  const made = [...firsts]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([digest, ready]) => ({
      ...rowOf(ready),
      tokenDigest: Buffer.from(digest, 'hex'),
      tokenExpiresAt: expiryOf(ready),
    }))
  const written = new Set(await store.insertChoices(ctx, made))
  const done = made.filter(it => written.has(it.row.choiceId))
  const earlier = done.flatMap(it => previousProof(it.ready, ctx.now))
  if (earlier.length > 0) await store.replace(ctx, earlier)
  if (done.length > 0) {
    const entries = done.map(it => ({ entryId: it.row.entryId, body: proofOf(ctx, it) }))
    await ledger.appendSystemMany(ctx, 'cookies.choice_recorded', entries)
  }
  return new Map(done.map(it => [it.ready, it]))
}

function expiryOf({ token }: Ready): Date {
  return new Date(token.mintedAt.getTime() + TOKEN_KEPT_MS)
}

/** A spent token is remembered for as long as it could be tried again. */
const TOKEN_KEPT_MS = 3 * 60 * 60 * 1000

function rowOf(ready: Ready): Done {
  const { settings, noticeSha256, submission, accepted } = ready
  const { register } = settings
  const proof = newProof()
  const refused = askedCategories(register).flatMap(it => (accepted.includes(it.code) ? [] : [it.code]))
  const row = {
    choiceId: randomUUID(),
    proofDigest: digestOf(proof),
    site: register.site,
    noticeSha256: Buffer.from(noticeSha256, 'hex'),
    registerSha256: Buffer.from(sha256OfRegister(register), 'hex'),
    method: submission.method,
    accepted,
    refused,
    isGpc: submission.isGpc,
    lastsSeconds: register.choiceSeconds,
    entryId: randomUUID(),
    salt: randomBytes(16),
  }
  return { ready, row, proof }
}

/** What the log keeps for good: what was shown and which way it was answered. Without the salt it is about nobody. */
function proofOf(ctx: Ctx, { ready, row }: Done): Record<string, string | number | null> {
  return {
    site: row.site,
    register: row.registerSha256.toString('hex'),
    notice: row.noticeSha256.toString('hex'),
    language: ready.token.language,
    method: row.method,
    accepted: row.accepted.join(' '),
    gpc: Number(row.isGpc),
    commitment: commitmentOf(row, ctx.now),
  }
}

function recordedOf(ctx: Ctx, { ready, row, proof }: Done): Recorded {
  const { register } = ready.settings
  const chosenAt = Math.floor(ctx.now.getTime() / 60_000) * 60
  const value = writeChoice({ accepted: row.accepted, chosenAt, proof }, sealOf(ready.settings, ctx.now))
  const told: Told = { ...row, document: register, language: ready.token.language, givenAt: ctx.now, replacedAt: null }
  return {
    cookie: { name: register.choiceCookie, value, maxAgeSeconds: register.choiceSeconds },
    receipt: receiptOf(told),
  }
}

function previousProof({ settings, submission }: Ready, now: Date): Buffer[] {
  const read = readChoice(submission.previous ?? undefined, sealOf(settings, now))
  return read ? [digestOf(read.choice.proof)] : []
}

/** The receipt that a proof opens, for a site of ours; null for any other proof. */
export async function receipt(world: World, actor: Actor, proof: string): Promise<Receipt | null> {
  const { register } = await published(world, actor)
  const row = await look(world, actor, it => store.findChoice(it, digestOf(proof)))
  return row && row.site === register.site ? receiptOf(row) : null
}

/** Erases choices that were replaced or outlived (Art. 5(1)(e), 7(1)); at most `most`. Returns how many. */
export async function eraseOutlived(ctx: Ctx, most: number): Promise<number> {
  policy.requireTask(ctx, 'runRetention')
  const { erased } = await store.eraseChoices(ctx, most)
  await ledger.appendSystem(ctx, 'cookies.choices_erased', { choices: erased })
  return erased
}

/** SHA-256: what the database knows of a proof or a token. */
export function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
