/** The truth about the trap site: what a scan must say of it, and what no scan may say. */
import { type Behaviour, type Expected, HOSTS } from './behaviour.ts'
import { HOSTILE_BEHAVIOURS } from './hostile.ts'
import { MANNER_BEHAVIOURS } from './manners.ts'
import { TRAP_BEHAVIOURS } from './page.ts'

/** Every behaviour of every host. */
export const BEHAVIOURS: readonly Behaviour[] = [...TRAP_BEHAVIOURS, ...MANNER_BEHAVIOURS, ...HOSTILE_BEHAVIOURS]

/** One line of the truth; all of `codes` must be reported for it, by one of `personas` when these are named. */
export type Truth = Omit<Expected, 'kept' | 'shownAs'> & Pick<Behaviour, 'id' | 'page' | 'isTrap'>

export const TRUTH: readonly Truth[] = BEHAVIOURS.map(behaviour => {
  const { id, page, isTrap, expected } = behaviour
  const { kept: _kept, shownAs, ...rest } = expected
  return { ...rest, name: shownAs ?? expected.name, id, page, isTrap }
})

/** None of `codes` may be reported for this name ('*': any) on this host; '*' stands for every breach. */
export type MustNot = { readonly name: string; readonly host: string; readonly codes: readonly string[] }

const SESSION_LABELS = ['cookie.session_not_used', 'cookie.without_lifetime']
// Manners that the front page of the trap site has: its banner is fair.
const BAD_MANNERS = ['no_reject', 'unfair_banner', 'no_guide', 'dead_guide', 'no_choice_control', 'needs_cookies']

const LASTING_LABELS = ['cookie.lives_too_long', 'scan.lifetime_capped', 'scan.rolling']

export const MUST_NOT: readonly MustNot[] = [
  ...['good', 'clean'].map(word => ({ name: '*', host: HOSTS[word as 'good'], codes: ['*'] })),
  ...['/', '/indhold', '/person', '/konto'].map(name => ({
    name,
    host: HOSTS.trap,
    codes: BAD_MANNERS.map(it => `scan.${it}`),
  })),
  ...BEHAVIOURS.filter(it => !it.isTrap).map(it => notOf(it, ['*'])),
  ...BEHAVIOURS.filter(it => it.expected.kind === 'cookie' && it.expected.kept !== null).map(it =>
    notOf(it, SESSION_LABELS),
  ),
  ...BEHAVIOURS.filter(it => it.expected.kept === null).map(it => notOf(it, LASTING_LABELS)),
  ...BEHAVIOURS.filter(it => it.expected.kind === 'localStorage').map(it => notOf(it, SESSION_LABELS)),
  ...BEHAVIOURS.filter(it => it.isTrap && isPlain(it)).map(it => notOf(it, ['cookie.holds_personal_data'])),
]

/** A cookie expected for another reason than its value: its value is chance or a short word. */
function isPlain({ expected }: Behaviour): boolean {
  return expected.kind === 'cookie' && !expected.codes.includes('cookie.holds_personal_data')
}

function notOf({ expected: { name, shownAs, host } }: Behaviour, codes: readonly string[]): MustNot {
  return { name: shownAs ?? name, host, codes }
}
