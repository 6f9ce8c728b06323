/**
 * The face of people: finding who somebody is among those we hold, by a number or address of theirs. It opens
 * nothing: what comes back is an id and cases, and each person found can see who looked for them.
 */
import { parseCpr } from '../lib/cpr.ts'
import { parseEmail } from '../lib/email.ts'
import { parsePhone } from '../lib/phone.ts'
import * as cases from '../cases/cases.ts'
import * as intake from '../intake/intake.ts'
import * as ledger from '../ledger/ledger.ts'
import * as policy from '../policy/policy.ts'
import { Problem } from '../platform/problems.ts'
import type { Ctx } from '../platform/world.ts'
import * as subjects from '../subjects/subjects.ts'
import * as work from '../work/work.ts'

/** One thing the person is known by. A reference counts with its client only. */
export type By =
  | { readonly cpr: string }
  | { readonly email: string }
  | { readonly phone: string }
  | { readonly clientId: string; readonly reference: string }

export type Found = {
  readonly subjectId: string
  /** True for a row in our review queue of which it is not settled whose it is. */
  readonly isProvisional: boolean
  readonly cases: readonly {
    readonly caseId: string
    readonly kind: string
    readonly client: string | null
    readonly openedOn: string
    readonly closedOn: string | null
  }[]
}

/** A number that many share is no way to find one person. */
const FOUND_MAX = 20

/**
 * Persons known by this. Empty when there is none; throws `subjects.several` beyond 20, `request.invalid` for a
 * value that is none of its kind. A search without result is entered too, without what was searched for.
 */
export async function find(ctx: Ctx, by: By): Promise<Found[]> {
  policy.requireTask(ctx, 'takeRequest')
  const ids = await idsOf(ctx, by)
  if (ids.length > FOUND_MAX) throw new Problem('subjects.several')
  const kind = 'reference' in by ? 'reference' : (Object.keys(by)[0] as string)
  if (ids.length === 0) await ledger.appendSystem(ctx, 'people.searched', { by: kind, found: 0 })
  await subjects.enter(
    ctx,
    ids.map(subjectId => ({ subjectId, kind: 'people.found', detail: { by: kind } })),
  )
  const waiting = (await intake.reviewsOf(ctx, ids)).filter(it => it.settledOn === null)
  const found: Found[] = []
  for (const subjectId of ids) {
    const isProvisional = waiting.some(it => it.subjectId === subjectId)
    found.push({ subjectId, isProvisional, cases: await casesOf(ctx, subjectId) })
  }
  return found
}

/** The one settled person known by this. Throws `subjects.none`, `subjects.several`. */
export async function findOne(ctx: Ctx, by: By): Promise<string> {
  const settled = (await find(ctx, by)).filter(it => !it.isProvisional)
  const [first, ...others] = settled
  if (!first) throw new Problem('subjects.none')
  if (others.length > 0) throw new Problem('subjects.several')
  return first.subjectId
}

/** Somebody named by id, by one of their cases, or by what they are known by. */
export type Who = { readonly subjectId: string } | { readonly caseId: string } | By

/** The person meant. Throws `not_found` for a case that is none, `subjects.none` and `subjects.several`. */
export async function whose(ctx: Ctx, who: Who): Promise<string> {
  if ('subjectId' in who) return who.subjectId
  return 'caseId' in who ? (await work.relationship(ctx, who.caseId)).subjectId : findOne(ctx, who)
}

async function idsOf(ctx: Ctx, by: By): Promise<string[]> {
  if ('cpr' in by) return subjects.find(ctx, 'cpr', cprOf(by.cpr))
  if ('email' in by) return subjects.find(ctx, 'email', valueOf('email', parseEmail(by.email)))
  if ('phone' in by) return subjects.find(ctx, 'phone', valueOf('phone', parsePhone(by.phone)))
  const caseId = await cases.find(ctx, by.clientId, by.reference).catch(none)
  return caseId === null ? [] : [(await work.relationship(ctx, caseId)).subjectId]
}

async function casesOf(ctx: Ctx, subjectId: string): Promise<Found['cases']> {
  const cases: Found['cases'][number][] = []
  for (const row of await work.relationships(ctx, subjectId)) {
    const client = row.clientId ? ((await work.party(ctx, row.clientId))?.name ?? null) : null
    cases.push({ caseId: row.relationshipId, kind: row.kind, client, openedOn: row.openedOn, closedOn: row.closedOn })
  }
  return cases
}

function none(error: unknown): null {
  if (error instanceof Problem && error.code === 'not_found') return null
  throw error
}

function cprOf(text: string): string {
  const cpr = valueOf('cpr', parseCpr(text))
  return cpr.kind === 'cpr' ? cpr.digits : cpr.id
}

function valueOf<T>(field: string, read: { ok: true; value: T } | { ok: false; code: string }): T {
  if (!read.ok) throw new Problem('request.invalid', { faults: [{ field, code: read.code }] })
  return read.value
}
