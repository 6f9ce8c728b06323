/** A notice that stood on a page of a site: whether it was the right one, seen in time. Pure. */
import type { Fault } from '../platform/problems.ts'

/** A page open for longer than this may show words that no longer hold. */
const SHOWN_MAX_MS = 24 * 60 * 60 * 1000

/** The policy version that stood on the page, and when the visitor saw it. */
export type Shown = { readonly version: number; readonly shownAt: Date }

/**
 * What is wrong with the notice the visitor was shown (S11): it must be the policy in force, shown after it was
 * adopted, before now and not long ago. Empty when nothing is.
 */
export function faultsOfShown(shown: Shown, inForce: { version: number; adoptedAt: Date }, now: Date): Fault[] {
  const at = shown.shownAt.getTime()
  const add = (field: string, code: string) => [{ field: `notice.${field}`, code: `collection.${code}`, clause: 'S11' }]
  if (shown.version !== inForce.version) return add('version', 'notice_outdated')
  if (Number.isNaN(at) || at > now.getTime()) return add('shownAt', 'notice_after_collection')
  if (at < inForce.adoptedAt.getTime()) return add('shownAt', 'notice_before_it_was_published')
  return at < now.getTime() - SHOWN_MAX_MS ? add('shownAt', 'notice_too_long_ago') : []
}
