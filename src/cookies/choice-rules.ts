/** What makes a visitor's choice count, what it says, and what a receipt of it holds. Pure. */
import { createHash } from 'node:crypto'
import { readToken, type Token } from '../../sdk/choice.ts'
import { askedCategories, isHostOf, sha256OfRegister } from '../../sdk/register.ts'
import type { Language, Receipt, Register, Submission } from '../../sdk/wire.ts'
import type { NewChoice } from './store.ts'

export type Shown = {
  readonly register: Register
  readonly key: string
  /** SHA-256 of the notice in each language, hex. */
  readonly notices: { readonly [language in Language]: string }
  readonly now: Date
}

export type Told = Omit<NewChoice, 'proofDigest'> & {
  readonly document: Register
  readonly language: Language
  readonly givenAt: Date
  readonly replacedAt: Date | null
}

type Judged =
  | { readonly outcome: 'fit'; readonly token: Token; readonly noticeSha256: string }
  | { readonly outcome: 'token_unfit' | 'notice_outdated' | 'origin_unfit' }

/** Whether a submission comes from a page of this site that showed the notice now in force (Art. 7(1)). */
export function tokenOf({ token: text, origin }: Submission, { register, key, notices, now }: Shown): Judged {
  if (origin !== null && !isOurs(origin, register)) return { outcome: 'origin_unfit' }
  const token = readToken(text, { site: register.site, key, now })
  if (token === null) return { outcome: 'token_unfit' }
  const noticeSha256 = notices[token.language]
  const isInForce = sha256OfRegister(register).startsWith(token.register16) && noticeSha256.startsWith(token.notice16)
  return isInForce ? { outcome: 'fit', token, noticeSha256 } : { outcome: 'notice_outdated' }
}

/** An origin is a scheme and a host of the site; `null`, a page without an origin, is not ours. */
function isOurs(origin: string, register: Register): boolean {
  const match = /^https?:\/\/([a-z0-9.-]{1,253})(:\d{1,5})?$/i.exec(origin)
  return match?.[1] !== undefined && isHostOf(register, match[1])
}

/**
 * The categories accepted, by what was pressed; null when one was ticked that nobody is asked about. A browser that
 * says no for its user (Global Privacy Control) accepts nothing, whatever was pressed.
 */
export function acceptedBy({ method, categories, isGpc }: Submission, register: Register): readonly string[] | null {
  const asked = askedCategories(register).map(it => it.code)
  if (!categories.every(code => asked.includes(code)) && method === 'save') return null
  if (isGpc) return []
  if (method === 'accept') return asked
  return method === 'save' ? asked.filter(code => categories.includes(code)) : []
}

/**
 * What the log commits to. With the salt the record can be proved to be the one in the log; once the record and its
 * salt are erased, the commitment says nothing about anybody. Hex.
 */
export function commitmentOf(row: Omit<Told, 'document' | 'language' | 'givenAt' | 'replacedAt'>, at: Date): string {
  const said = [row.choiceId, row.site, row.method, row.accepted, row.refused, row.isGpc, at.toISOString()]
  const shown = [row.registerSha256.toString('hex'), row.noticeSha256.toString('hex')]
  return createHash('sha256')
    .update(row.salt)
    .update(JSON.stringify([...said, ...shown]))
    .digest('hex')
}

/** The visitor's receipt, in the words and the language of the notice (ISO/IEC TS 27560). */
export function receiptOf(row: Told): Receipt {
  const { document, language, givenAt } = row
  const expiresAt = new Date(givenAt.getTime() + row.lastsSeconds * 1000)
  const stateOf = (code: string) => (row.accepted.includes(code) ? ('given' as const) : ('refused' as const))
  return {
    format: 'indsigt-consent-receipt/1',
    schemaVersion: 'ISO/IEC TS 27560:2023',
    recordId: row.choiceId,
    controller: document.controller,
    site: row.site,
    language,
    policyVersion: document.policyVersion,
    policyUrl: document.policyUrl,
    noticeSha256: row.noticeSha256.toString('hex'),
    registerSha256: row.registerSha256.toString('hex'),
    givenAt: givenAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    method: row.method,
    isGpc: row.isGpc,
    purposes: document.categories.map(category => ({
      category: category.code,
      title: category.title[language],
      state: category.isNecessary ? ('necessary' as const) : stateOf(category.code),
    })),
    withdrawnAt: row.replacedAt?.toISOString() ?? null,
    ledgerEntry: row.entryId,
    commitment: commitmentOf(row, givenAt),
  }
}
