/**
 * A warrant: the purpose an act may pursue, derived from open work and valid in that act alone.
 * Nobody can write one by hand: only what `issue` made for this very context is accepted.
 */
import type { Ctx } from './world.ts'

export type WorkRef = { readonly kind: 'case' | 'disclosure' | 'request' | 'job' | 'review'; readonly id: string }

export type Warrant = {
  readonly purpose: string
  readonly work: WorkRef
  /** Null for a job, which may touch many persons. */
  readonly subjectId: string | null
  /** The one relationship it is bound to, or null for everything about the person. */
  readonly relationshipId: string | null
}

const issued = new WeakMap<Ctx, WeakSet<Warrant>>()

/** Makes a warrant for this act. Called by the `work` module alone, after it has seen that the work is open. */
export function issue(ctx: Ctx, warrant: Warrant): Warrant {
  const frozen = Object.freeze({ ...warrant })
  const known = issued.get(ctx) ?? new WeakSet<Warrant>()
  known.add(frozen)
  issued.set(ctx, known)
  return frozen
}

/** Throws unless the warrant was issued in this act and covers this person. */
export function demand(ctx: Ctx, warrant: Warrant, subjectId: string): void {
  if (!issued.get(ctx)?.has(warrant)) throw new Error('a warrant that this act did not get')
  if (warrant.subjectId !== null && warrant.subjectId !== subjectId) throw new Error('a warrant for somebody else')
}
