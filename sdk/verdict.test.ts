/** Tests of the facts of a cookie, and that the rules are read as the policy engine reads them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compile } from '../src/policy/compile.ts'
import { decide as decideByPolicy } from '../src/policy/decide.ts'
import { shippedPolicy } from '../src/policy/shipped.fixture.ts'
import type { Fact } from '../src/policy/types.ts'
import { fullRegister } from './register.fixture.ts'
import { parseSetCookie } from './set-cookie.ts'
import { decide, factsOf, type Found, type VerdictContext } from './verdict.ts'
import { COOKIE_FACTS, type CookieFact, type CookieFacts, type Entry, type Register, type Rule } from './wire.ts'

const NOW = new Date('2026-11-22T12:00:00Z')
const { document, sha256 } = shippedPolicy()
const rules: readonly Rule[] = document.rules
  .filter(rule => rule.verbs.includes('setCookie'))
  .map(({ id, clause, effect, code, article, text, when = [], unless = [] }) => {
    return { id, clause, effect, code, article, text, when: when.filter(isKnown), unless: unless.filter(isKnown) }
  })

function isKnown(fact: Fact): fact is Fact & CookieFact {
  assert.ok((COOKIE_FACTS as readonly string[]).includes(fact), `${fact} is no fact of a cookie`)
  return true
}

test('all 4,096 combinations of facts: the guard and the policy engine give one answer with the same reasons', () => {
  const compiled = compile(document, sha256)
  const question = {
    verb: 'setCookie',
    purpose: '',
    category: '',
    source: '',
    recipient: '',
    channel: '',
    fields: [],
  } as const
  const outcomes = { permit: 0, deny: 0 }
  for (let bits = 0; bits < 2 ** COOKIE_FACTS.length; bits += 1) {
    const facts = Object.fromEntries(COOKIE_FACTS.map((fact, at) => [fact, ((bits >> at) & 1) === 1])) as CookieFacts
    const theirs = decideByPolicy(compiled, question, facts)
    const ours = decide(rules, facts)
    assert.equal(ours.isAllowed, theirs.outcome === 'permit')
    const plain = (reasons: readonly { code: string; clause: string; article: string }[]) =>
      reasons.map(({ code, clause, article }) => `${code} ${clause} ${article}`).sort()
    assert.deepEqual(plain(ours.reasons), plain(theirs.reasons))
    outcomes[theirs.outcome] += 1
  }
  assert.ok(outcomes.permit > 0 && outcomes.deny > 0)
})

const declared = (rest: Partial<Entry>): Entry => ({
  ...(fullRegister.entries[0] as Entry),
  site: 'nordlys.example',
  ...rest,
})
const register: Register = {
  ...fullRegister,
  site: 'nordlys.example',
  includesSubdomains: true,
  rules,
  entries: [
    declared({ name: 'cookievalg', category: 'necessary' }),
    declared({ name: 'tema', category: 'preferences', httpOnly: true, values: ['lys', 'mørk', 'dark'] }),
    declared({ name: 'maal_*', category: 'statistics', isRandom: true }),
  ],
}
const asker: VerdictContext = {
  register,
  host: 'www.nordlys.example',
  choice: null,
  isGpc: false,
  isHttps: true,
  known: [],
  now: NOW,
}
const GOOD = '; Max-Age=600; Path=/; Secure; HttpOnly; SameSite=Lax'

function facts(line: string, context: Partial<VerdictContext> = {}): CookieFacts {
  const cookie = parseSetCookie(line, NOW)
  assert.ok(cookie)
  return factsOf({ kind: 'cookie', ...cookie }, { ...asker, ...context })
}

const yes = { accepted: ['preferences'], chosenAt: 1, proof: 'p'.repeat(22) }
const no = { ...yes, accepted: [] }

const CASES: readonly (readonly [rule: string, fact: CookieFact, facts: CookieFacts, holds: boolean])[] = [
  ['a subdomain is the site when the policy says so', 'siteListed', facts(`tema=dark${GOOD}`), true],
  ['another host is not', 'siteListed', facts(`tema=dark${GOOD}`, { host: 'nordlys.example.org' }), false],
  ['a host that ends alike is not', 'siteListed', facts(`tema=dark${GOOD}`, { host: 'xnordlys.example' }), false],
  ['Domain may reach up to the site', 'siteListed', facts(`tema=dark${GOOD}; Domain=nordlys.example`), true],
  ['and not beyond it', 'siteListed', facts(`tema=dark${GOOD}; Domain=example`), false],
  [
    'Domain reaches subdomains, which a site without them does not list',
    'siteListed',
    facts(`a=b${GOOD}; Domain=nordlys.example`, {
      host: 'nordlys.example',
      register: { ...register, includesSubdomains: false },
    }),
    false,
  ],
  ['what is not listed is not declared', 'cookieDeclared', facts(`andet=1${GOOD}`), false],
  ['a star stands for something', 'cookieDeclared', facts(`maal_x=1${GOOD}`), true],
  ['and not for nothing', 'cookieDeclared', facts(`maal_=1${GOOD}`), false],
  ['names differ by case', 'cookieDeclared', facts(`Tema=dark${GOOD}`), false],
  ['a value outside the list is not clean', 'cookieClean', facts(`tema=pink${GOOD}`), false],
  ['a value on the list is', 'cookieClean', facts(`tema=dark${GOOD}`), true],
  ['an address in the name is found', 'cookieClean', facts(`maal_YW5uYUBla3NlbXBlbC5kaw=1${GOOD}`), false],
  ['chance by declaration may look like a digest', 'cookieClean', facts(`maal_1=${'a1'.repeat(16)}${GOOD}`), true],
  ['but not hold an address', 'cookieClean', facts(`maal_1=anna@eksempel.dk${GOOD}`), false],
  ['HttpOnly as declared', 'cookieProtected', facts('tema=dark; Max-Age=60; Secure; SameSite=Lax'), false],
  ['more than declared is well', 'cookieProtected', facts('cookievalg=x; Secure; HttpOnly; SameSite=Strict'), true],
  ['less is not', 'cookieProtected', facts('cookievalg=x; Secure; SameSite=None'), false],
  ['missing SameSite leaves it to the browser', 'cookieProtected', facts('cookievalg=x; Secure'), false],
  ['Secure is demanded', 'cookieProtected', facts('cookievalg=x; SameSite=Lax'), false],
  [
    'not on plain http at home',
    'cookieProtected',
    facts('a=b; SameSite=Lax', { host: 'localhost:3000', isHttps: false }),
    true,
  ],
  ['on plain http elsewhere it is', 'cookieProtected', facts('cookievalg=x; SameSite=Lax', { isHttps: false }), false],
  ['None needs Secure everywhere', 'cookieProtected', facts('a=b; SameSite=None', { isHttps: false }), false],
  ['no choice is no refusal', 'visitorRefused', facts(`tema=dark${GOOD}`), false],
  ['GPC without a choice is one', 'visitorRefused', facts(`tema=dark${GOOD}`, { isGpc: true }), true],
  ['a yes after it counts', 'visitorRefused', facts(`tema=dark${GOOD}`, { isGpc: true, choice: yes }), false],
  ['a yes to one category refuses the others', 'visitorRefused', facts(`maal_1=1${GOOD}`, { choice: yes }), true],
  ['a no refuses', 'visitorRefused', facts(`tema=dark${GOOD}`, { choice: no }), true],
  ['the necessary is not asked about', 'visitorRefused', facts(`cookievalg=x${GOOD}`, { choice: no }), false],
  ['a yes is a yes', 'visitorConsent', facts(`tema=dark${GOOD}`, { choice: yes }), true],
  ['Expires makes it persistent', 'cookiePersistent', facts('a=b; Expires=Wed, 01 Dec 2027 12:00:00 GMT'), true],
  ['nothing makes it a session', 'cookiePersistent', facts('a=b'), false],
  ['longer than listed', 'cookieWithinLifetime', facts(`tema=dark; Max-Age=${187 * 86_400}`), false],
  ['as long as listed', 'cookieWithinLifetime', facts(`tema=dark; Max-Age=${186 * 86_400}`), true],
  ['longer than the policy ever allows', 'cookieWithinLifetime', facts(`x=1; Max-Age=${367 * 86_400}`), false],
  ['two lifetimes that contradict', 'cookieClassified', facts('a=b; Max-Age=600; Max-Age='), false],
  ['no guides, no cookie', 'guideOffered', facts('a=b', { register: { ...register, guides: [] } }), false],
  ['a large one', 'cookieSmall', facts(`a=${'b'.repeat(99)}`, { register: { ...register, bytesMax: 99 } }), false],
]

for (const [rule, fact, found, holds] of CASES) test(`${fact}: ${rule}`, () => assert.equal(found[fact], holds))

test('localStorage stays, sessionStorage goes with the tab', () => {
  const found: Omit<Found, 'kind'> = {
    name: 'x',
    value: '',
    domain: null,
    lifetimeSeconds: null,
    isClear: true,
    secure: false,
    httpOnly: false,
    sameSite: null,
    bytes: 1,
  }
  assert.equal(factsOf({ ...found, kind: 'localStorage' }, asker).cookiePersistent, true)
  assert.equal(factsOf({ ...found, kind: 'sessionStorage' }, asker).cookiePersistent, false)
  assert.equal(factsOf({ ...found, kind: 'localStorage' }, asker).cookieProtected, true)
})

test('without any rule nothing is allowed, and a reason is given', () => {
  const verdict = decide([], facts(`tema=dark${GOOD}`, { choice: yes }))
  assert.deepEqual([verdict.isAllowed, verdict.reasons.map(reason => reason.code)], [false, ['policy.no_permit']])
})
