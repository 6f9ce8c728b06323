/** The policy module's face: which policy is in force, what it says to a question, and taking a new one in use. */
import { randomUUID } from 'node:crypto'
import * as ledger from '../ledger/ledger.ts'
import { Problem, type Bilingual } from '../platform/problems.ts'
import type { Tx } from '../platform/database.ts'
import { act, type Actor, type Ctx, type Look, type World } from '../platform/world.ts'
import { check } from './check.ts'
import { compile, type CompiledPolicy } from './compile.ts'
import { decide } from './decide.ts'
import { explain } from './explain.ts'
import { parse, type ParsedPolicy } from './parse.ts'
import type { PolicyProblem } from './problem-list.ts'
import { may, type Task } from './roles.ts'
import * as store from './store.ts'
import type { Decision, Facts, Question, Reason } from './types.ts'

export type { CompiledPolicy } from './compile.ts'
export { decide } from './decide.ts'
export { may, type Task } from './roles.ts'
export { financialYearEnd } from './financial-year.ts'
export { keepUntil } from './retain.ts'
export { formatProblem } from './problem-list.ts'
export { isOurSite, isPartOfSite, siteOf } from './sites.ts'

/** The policy in force. Throws `policy.not_adopted` when there is none. */
export function current(ctx: { readonly world: World }): CompiledPolicy {
  if (!ctx.world.rules) throw new Problem('policy.not_adopted')
  return ctx.world.rules as CompiledPolicy
}

/** The decision, whatever it is. A permit counts as this act's decision. */
export function ask(ctx: Ctx, question: Question, facts: Facts): Decision {
  const decision = decide(current(ctx), question, facts)
  if (decision.outcome === 'permit') ctx.tally.permits += 1
  return decision
}

/** The decision when it permits and refuses no field that was asked for; otherwise throws `policy.refused`. */
export function require(ctx: Ctx, question: Question, facts: Facts): Decision {
  const decision = ask(ctx, question, facts)
  if (decision.outcome === 'deny') throw refusal(ctx, decision.reasons)
  const [field] = decision.refused
  if (field) {
    throw new Problem('policy.refused', {
      rule: field.code,
      clause: field.clause,
      faults: decision.refused.map(it => ({ field: it.field, code: it.code, clause: it.clause })),
    })
  }
  return decision
}

/** The refusal that these reasons amount to: code, clause, article and the rule's own sentence. */
export function refusal(ctx: { readonly world: World }, reasons: readonly Reason[]): Problem {
  const [first] = reasons
  if (!first) throw new Error('a refusal has a reason')
  const rule = current(ctx).document.rules.find(it => it.id === first.rule)
  const detail: Bilingual | undefined = rule?.text
  const { code, clause, article } = first
  return new Problem('policy.refused', { rule: code, clause, article, ...(detail && { detail }) })
}

/** One sentence for a decision, naming the clause. */
export function sentence(ctx: { readonly world: World }, decision: Decision): Bilingual {
  return explain(decision, current(ctx).document)
}

/**
 * Decides an administrative act that opens no record, e.g. registering a client. Throws
 * `identity.not_allowed` when the role may not do the task.
 */
export function requireTask(ctx: Ctx, task: Task): void {
  if (!may(ctx.actor.role, task)) throw new Problem('identity.not_allowed', { rule: `task.${task}` })
  const none = { category: '', source: '', recipient: '', channel: '', fields: [] } as const
  require(ctx, { verb: 'administer', purpose: 'administration', ...none }, { roleAllowed: true })
}

/** Records that something was refused, and nothing about whom. Given to `World.onRefusal`. */
export async function recordRefusal(world: World, actor: Actor, problem: Problem): Promise<void> {
  const { rule, clause } = problem.refusal
  if (actor.surface === 'public' || actor.surface === 'integrator') return
  await world.pools[actor.surface].write(tx => store.insertRefusal(tx, rule ?? problem.code, clause ?? '', actor.role))
}

/** How often each rule refused something: the live figures of the promise board. */
export const refusals = (look: Look) => store.countRefusals(look)

export type InForce = {
  readonly version: number
  readonly sha256: string
  readonly adoptedAt: Date
  readonly document: string
}

/** The adopted version in force, or null before the first adoption. */
export async function inForce(world: World): Promise<InForce | null> {
  const row = await world.pools.public.read(store.findCurrent)
  return row
    ? { version: row.version, sha256: row.sha256.toString('hex'), adoptedAt: row.adoptedAt, document: row.document }
    : null
}

/**
 * Compiles the version in force into the world. Returns whether there is one. Throws `policy.invalid` for a text that
 * is not the one its digest was taken of.
 */
export async function load(world: World): Promise<boolean> {
  return (await published(world)) !== null
}

export type Published = InForce & { readonly policy: CompiledPolicy }

/** The version in force and its policy, from one row, which the world follows; null before the first adoption. */
export async function published(world: World): Promise<Published | null> {
  const row = await inForce(world)
  return row && { ...row, policy: taken(world, row) }
}

/**
 * Brings the world up to the version in force as this transaction sees it, whichever process adopted it. Given to
 * `World.onBegin`; it costs one look into an index unless there is a new version.
 */
export async function follow(world: World, tx: Tx): Promise<void> {
  const { version } = await store.findNewest(tx)
  if (version === null || version === world.rules?.version) return
  const row = await store.findCurrent(tx)
  if (row) taken(world, { document: row.document, sha256: row.sha256.toString('hex'), version: row.version })
}

/** Compiles what was adopted, once. Text and fingerprint must be of one another, and so must the number. */
function taken(world: World, row: Pick<InForce, 'document' | 'sha256' | 'version'>): CompiledPolicy {
  if (world.rules?.sha256 === row.sha256) return world.rules as CompiledPolicy
  const result = parse(row.document)
  const isTrue = result.ok && result.policy.sha256 === row.sha256 && result.policy.document.revision === row.version
  if (!isTrue) throw new Problem('policy.invalid')
  const compiled = compile(result.policy.document, row.sha256)
  world.rules = compiled
  return compiled
}

export type AdoptionFinding = { readonly kind: 'policy'; readonly version: number }

/** Names each version whose text does not give its fingerprint or whose adoption is not in the log. */
export async function verifyAdoptions(look: Look, adoptions: readonly object[]): Promise<AdoptionFinding[]> {
  const logged = new Set(
    adoptions.map(it => ('version' in it && 'sha256' in it ? `${String(it.version)} ${String(it.sha256)}` : '')),
  )
  const rows = await store.findVersions(look)
  const wrong = rows.filter(({ version, sha256, isOfText }) => !isOfText || !logged.has(`${version} ${sha256}`))
  return wrong.map(({ version }) => ({ kind: 'policy', version }))
}

/** A file's policy when it has no fault, else what is wrong with it. */
export function examine(
  file: Uint8Array,
): { ok: true; policy: ParsedPolicy } | { ok: false; problems: readonly PolicyProblem[] } {
  const result = parse(file)
  if (!result.ok) return result
  const problems = check(result.policy)
  return problems.length > 0 ? { ok: false, problems } : result
}

/**
 * Takes a checked policy file in use: the new version, its closed lists and the ledger entry in one
 * act. Throws `policy.invalid` with line and column for a faulty file, or when the revision does not
 * follow the one in force. Adopting the very file in force changes nothing.
 */
export async function adopt(
  world: World,
  actor: Actor,
  file: Uint8Array,
): Promise<{ version: number; sha256: string; adopted: boolean }> {
  const result = examine(file)
  if (!result.ok) throw invalid(result.problems)
  const { document, sha256 } = result.policy
  const known = await inForce(world)
  if (known?.sha256 === sha256) return { version: known.version, sha256, adopted: false }
  if (known && document.revision !== known.version + 1) throw wrongRevision(known.version + 1)
  const compiled = compile(document, sha256)
  const before = world.rules
  world.rules = before ?? compiled
  try {
    await act(world, actor, async ctx => {
      requireTask(ctx, 'adoptPolicy')
      await save(ctx, compiled, Buffer.from(file).toString('utf8'))
      await ledger.appendSystem(ctx, 'policy.adopted', { version: compiled.version, sha256, entry: randomUUID() })
    })
  } catch (error) {
    world.rules = before
    throw error
  }
  world.rules = compiled
  return { version: compiled.version, sha256, adopted: true }
}

async function save(ctx: Ctx, { version, document, sha256 }: CompiledPolicy, text: string): Promise<void> {
  await store.insertVersion(ctx, {
    version,
    policyId: document.id,
    sha256: Buffer.from(sha256, 'hex'),
    document: text,
  })
  const known = new Map((await store.findCategories(ctx)).map(row => [row.code, row.isAccounting]))
  for (const [code, category] of Object.entries(document.categories)) {
    const isAccounting = category.accounting === true
    // Records of the category exist: turning its exemption on or off would rewrite a promise behind them.
    if (known.has(code) && known.get(code) !== isAccounting) throw categoryTurned(code)
    await store.insertCategory(ctx, { code, isAccounting, population: category.population, version })
  }
  for (const code of Object.keys(document.purposes)) await store.insertPurpose(ctx, code, version)
}

function invalid(problems: readonly PolicyProblem[]): Problem {
  const faults = problems.map(it => ({ field: it.path, line: it.line, code: it.code, text: it.message }))
  return new Problem('policy.invalid', { faults })
}

function wrongRevision(next: number): Problem {
  const text = { da: `Næste udgave skal have nummer ${next}.`, en: `The next version must be number ${next}.` }
  return new Problem('policy.invalid', { faults: [{ field: 'revision', code: 'policy.revision_order', text }] })
}

function categoryTurned(code: string): Problem {
  const text = {
    da: 'En kategori kan ikke gøres til bogføring eller holde op med at være det. Brug en ny kategori.',
    en: 'A category cannot become accounting or stop being it. Use a new category.',
  }
  return new Problem('policy.invalid', {
    faults: [{ field: `categories.${code}.accounting`, code: 'policy.category_turned', clause: 'S23', text }],
  })
}
