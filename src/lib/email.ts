/** E-mail addresses: reads exactly one, in a form that no mailer can take for two. */
import { domainToASCII } from 'node:url'
import { accept, refuse, type Parsed } from './parsed.ts'

/** `email_form`: not exactly one plain address; `email_long`: beyond the limits of RFC 5321. */
export type EmailCode = 'email_form' | 'email_long'

/**
 * Exactly one address as RFC 5321 writes it without quotes: dot-separated atoms, then a domain of at least two labels.
 * No list, display name, comment, quoting, address literal or control character gets through, because a mailer may
 * turn any of them into a second recipient. The domain is lower-cased and put in its ASCII form; the part before the
 * @ stays as written. Not more than 254 characters in all, 64 before the @.
 */
export function parseEmail(text: string): Parsed<string, EmailCode> {
  if (text.length > 254) return refuse('email_long')
  const bare = text.trim()
  const at = bare.indexOf('@')
  const local = bare.slice(0, at)
  if (at < 1 || !LOCAL.test(local)) return refuse('email_form')
  const domain = asciiDomain(bare.slice(at + 1))
  if (domain === '') return refuse('email_form')
  if (local.length > 64 || local.length + domain.length + 1 > 254) return refuse('email_long')
  return accept(`${local}@${domain}`)
}

const LOCAL = /^[A-Za-z\d!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z\d!#$%&'*+/=?^_`{|}~-]+)*$/
const LABEL = /^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/
const PLAIN_DOMAIN = /^[\p{L}\p{M}\d.-]+$/u

function asciiDomain(text: string): string {
  if (!PLAIN_DOMAIN.test(text)) return ''
  const domain = /^[A-Za-z\d.-]+$/.test(text) ? text.toLowerCase() : domainToASCII(text)
  const labels = domain.split('.')
  if (labels.length < 2 || !labels.every(label => LABEL.test(label))) return ''
  return /^(?:[a-z]{2,63}|xn--[a-z\d-]+)$/.test(labels.at(-1) ?? '') ? domain : ''
}
