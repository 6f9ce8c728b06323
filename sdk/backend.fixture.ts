/** An Indsigt in memory for tests: a Backend that keeps choices by the real codec, and can be switched off. */
import { createHash } from 'node:crypto'
import { newProof, readToken, writeChoice } from './choice.ts'
import { backendFailure } from './client.ts'
import { askedCategories, sha256OfRegister } from './register.ts'
import type { Backend, GuardCount, Receipt, Recorded, Register, Rule, Submission } from './wire.ts'

/** The key all test sites are sealed with. */
export const KEY = Buffer.alloc(32, 9).toString('base64url')

/** What a test may look at and change between requests. */
export type Memory = {
  register: Register
  isDown: boolean
  readonly submissions: Submission[]
  readonly counts: GuardCount[]
  readonly asked: string[]
}

/** A Backend and what it keeps. `clock` is the time Indsigt goes by. */
export function memoryBackend(register: Register, clock = () => new Date()): { backend: Backend; memory: Memory } {
  const memory: Memory = { register, isDown: false, submissions: [], counts: [], asked: [] }
  const used = new Set<string>()
  const receipts = new Map<string, Receipt>()
  const reach = (what: string) => {
    memory.asked.push(what)
    if (memory.isDown) throw backendFailure(0, 'unreachable')
  }
  const backend: Backend = {
    settings: async () => {
      reach('settings')
      return { register: memory.register, key: KEY, now: clock().toISOString() }
    },
    record: async submission => {
      reach('record')
      memory.submissions.push(submission)
      const nonce = judged(submission, memory.register, clock())
      if (used.has(nonce)) throw backendFailure(409, 'consent.token_used')
      used.add(nonce)
      const recorded = recordedOf(submission, memory.register, clock())
      receipts.set(proofOf(recorded), recorded.receipt)
      return recorded
    },
    receipt: async proof => {
      reach('receipt')
      return receipts.get(proof) ?? null
    },
    count: async counts => {
      reach('count')
      memory.counts.push(...counts)
    },
  }
  return { backend, memory }
}

/** The rules of the house policy that tests need: sessions and the undeclared are refused, the rest needs a yes. */
export const rules: readonly Rule[] = [
  rule('permit', 'cookie.needed', ['siteListed', 'cookieDeclared', 'cookieNecessary']),
  rule('permit', 'cookie.consented', ['siteListed', 'cookieDeclared', 'visitorConsent']),
  rule('forbid', 'cookie.not_declared', [], ['cookieDeclared']),
  rule('forbid', 'cookie.kind_unclear', [], ['cookieClassified']),
  rule('forbid', 'cookie.session_not_used', [], ['cookiePersistent']),
  rule('forbid', 'cookie.holds_personal_data', [], ['cookieClean']),
  rule('forbid', 'cookie.refused_by_visitor', ['visitorRefused']),
]

function rule(effect: 'permit' | 'forbid', code: string, when: Rule['when'], unless: Rule['unless'] = []): Rule {
  return { id: code, clause: 'S7', effect, code, article: 'BEK 1148 § 3', text: { da: code, en: code }, when, unless }
}

/** The token's unique number. Refuses what Indsigt refuses: a token of another register, an unknown category. */
function judged(submission: Submission, register: Register, now: Date): string {
  const token = readToken(submission.token, { site: register.site, key: KEY, now })
  if (!token) throw backendFailure(422, 'consent.token_not_valid')
  if (token.register16 !== sha256OfRegister(register).slice(0, 16)) throw backendFailure(409, 'consent.list_changed')
  const asked = askedCategories(register).map(({ code }) => code)
  if (!submission.categories.every(code => asked.includes(code))) throw backendFailure(422, 'consent.unknown_category')
  return token.nonce
}

function recordedOf(submission: Submission, register: Register, now: Date): Recorded {
  const { method, categories, isGpc } = submission
  const asked = askedCategories(register).map(({ code }) => code)
  const wanted = method === 'accept' ? asked : method === 'save' ? categories : []
  const accepted = isGpc ? [] : asked.filter(code => wanted.includes(code))
  const proof = newProof()
  const chosenAt = Math.floor(now.getTime() / 60_000) * 60
  const value = writeChoice({ accepted, chosenAt, proof }, { register, key: KEY, now })
  return {
    cookie: { name: register.choiceCookie, value, maxAgeSeconds: register.choiceSeconds },
    receipt: receiptOf(submission, register, { now, accepted, proof }),
  }
}

function receiptOf(
  { method, isGpc }: Submission,
  register: Register,
  given: { now: Date; accepted: readonly string[]; proof: string },
): Receipt {
  return {
    format: 'indsigt-consent-receipt/1',
    schemaVersion: 'ISO/IEC TS 27560:2023',
    recordId: createHash('sha256').update(given.proof).digest('hex').slice(0, 16),
    controller: register.controller,
    site: register.site,
    language: 'da',
    policyVersion: register.policyVersion,
    policyUrl: register.policyUrl,
    noticeSha256: '0'.repeat(64),
    registerSha256: sha256OfRegister(register),
    givenAt: given.now.toISOString(),
    expiresAt: new Date(given.now.getTime() + register.choiceSeconds * 1000).toISOString(),
    method,
    isGpc,
    purposes: register.categories.map(({ code, title, isNecessary }) => ({
      category: code,
      title: title.da,
      state: isNecessary ? 'necessary' : given.accepted.includes(code) ? 'given' : 'refused',
    })),
    withdrawnAt: null,
    ledgerEntry: '1',
    commitment: '0'.repeat(64),
  }
}

/** The proof stands in the cookie alone. */
function proofOf({ cookie }: Recorded): string {
  return cookie.value.split('.')[4] ?? ''
}
