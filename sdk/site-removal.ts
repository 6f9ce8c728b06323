/** What a visitor's "remove" on the page of the choice takes: which cookies, and which yes with them. Pure. */
import type { GuardContext } from './guard.ts'
import { entriesFor, matchesName } from './register.ts'
import { parseCookieHeader } from './set-cookie.ts'
import type { StorageKind } from './wire.ts'

/** What goes, and what stays. */
export type Removal = {
  /** Cookies to delete wholly, before the others. */
  readonly first: readonly string[]
  readonly names: readonly string[]
  /** The categories that stay accepted; null when no yes is touched. */
  readonly remaining: readonly string[] | null
}

/**
 * Reads the form: `name` is one thing of the list or any cookie that this browser sent, declared or not; `all` is
 * every cookie of both kinds and the choice itself. Whoever removes what a yes allows takes that yes back: it would
 * be set again at once otherwise (GDPR 7(3)).
 */
export function removalOf(fields: URLSearchParams, context: GuardContext, accepted: readonly string[]): Removal {
  const { register } = context
  const sent = [...parseCookieHeader(context.requestCookies).keys()].filter(name => name !== '')
  if (fields.has('all')) {
    const listed = register?.entries.filter(({ kind, name }) => kind === 'cookie' && !name.includes('*')) ?? []
    const names = [...sent, ...listed.map(({ name }) => name)]
    return { first: register ? [register.choiceCookie] : [], names, remaining: null }
  }
  const name = fields.get('name') ?? ''
  const withdrawn = categoriesOf(name, context)
  const remaining = accepted.filter(code => !withdrawn.includes(code))
  const isTouched = remaining.length < accepted.length
  return { first: [], names: cookiesOf(name, context, sent), remaining: isTouched ? remaining : null }
}

const STORAGES: readonly StorageKind[] = ['cookie', 'localStorage', 'sessionStorage', 'indexedDB', 'cache']

/** The categories that the name is declared in; what a script found is named as the list names it, stars included. */
function categoriesOf(name: string, { register, host }: GuardContext): readonly string[] {
  if (register === null) return []
  return STORAGES.flatMap(kind => entriesFor(register, { kind, name, host })[0]?.category ?? [])
}

function cookiesOf(name: string, { register, host }: GuardContext, sent: readonly string[]): readonly string[] {
  if (sent.includes(name)) return [name]
  if (register === null) return []
  const isListed = name === register.choiceCookie || entriesFor(register, { kind: 'cookie', name, host }).length > 0
  if (!isListed) return []
  return name.includes('*') ? sent.filter(one => matchesName(name, one)) : [name]
}
