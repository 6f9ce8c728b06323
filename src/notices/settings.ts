/** Reads how mail is sent from the environment. Without it, every notice is a letter. */
import { parseEmail } from '../lib/email.ts'

export type MailSettings = {
  readonly relay: {
    readonly host: string
    readonly port: number
    readonly tls: 'implicit' | 'starttls' | 'none'
    readonly user?: string
    readonly password?: string
    readonly authority?: string
  }
  /** Sender's address; absent: the controller's own. */
  readonly from?: string
}

export type SettingsAnswer =
  | { readonly ok: true; readonly mail: MailSettings | null }
  /** Name of the variable that does not fit; its value is never repeated, since it holds a password. */
  | { readonly ok: false; readonly variable: string }

/**
 * `INDSIGT_SMTP_URL` (smtp://user:password@host:587, or smtps://), `INDSIGT_MAIL_FROM`, and
 * `INDSIGT_MAIL_CONFIDENTIAL=relay`, which says that the relay is contracted to enforce TLS onwards. Only with
 * all that is said there may a notice go by mail; TLS to the relay is required unless it is this machine.
 */
export function settingsFrom(env: Readonly<Record<string, string | undefined>>): SettingsAnswer {
  const confidential = env['INDSIGT_MAIL_CONFIDENTIAL'] ?? ''
  if (confidential !== '' && confidential !== 'relay') return { ok: false, variable: 'INDSIGT_MAIL_CONFIDENTIAL' }
  const text = env['INDSIGT_SMTP_URL'] ?? ''
  if (text === '') return confidential ? { ok: false, variable: 'INDSIGT_SMTP_URL' } : { ok: true, mail: null }
  const relay = relayOf(text)
  if (!relay) return { ok: false, variable: 'INDSIGT_SMTP_URL' }
  const from = env['INDSIGT_MAIL_FROM'] ?? ''
  if (from && !parseEmail(from).ok) return { ok: false, variable: 'INDSIGT_MAIL_FROM' }
  return { ok: true, mail: confidential === 'relay' ? { relay, ...(from && { from }) } : null }
}

function relayOf(text: string): MailSettings['relay'] | null {
  const url = URL.canParse(text) ? new URL(text) : null
  if (!url || !['smtp:', 'smtps:'].includes(url.protocol) || url.hostname === '') return null
  if (url.search !== '' || url.hash !== '' || !['', '/'].includes(url.pathname)) return null
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const isImplicit = url.protocol === 'smtps:'
  const account = url.username
    ? { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) }
    : {}
  return {
    host,
    port: Number(url.port) || (isImplicit ? 465 : 587),
    tls: isImplicit ? 'implicit' : isLoopback(host) ? 'none' : 'starttls',
    ...account,
  }
}

/** This machine itself: what is sent there crosses no wire. A name that only looks like it does not count. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)
}
