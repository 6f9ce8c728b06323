/**
 * Hands one mail to one relay, for one recipient, and says what became of it: accepted, refused, to be
 * tried later, or unknown because the line broke while the relay may already have taken it.
 */
import { Readable } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import MailComposer from 'nodemailer/lib/mail-composer'
import SMTPConnection from 'nodemailer/lib/smtp-connection'

export type Relay = {
  readonly host: string
  readonly port: number
  /** 'implicit': TLS from the first byte; 'starttls': nothing is sent before TLS; 'none': loopback only. */
  readonly tls: 'implicit' | 'starttls' | 'none'
  readonly user?: string
  readonly password?: string
  /** Certificate authority in PEM, beside those of the system. */
  readonly authority?: string
}

export type Mail = {
  /** Exactly one address each, as `parseEmail` gives it. */
  readonly from: string
  readonly to: string
  readonly subject: string
  readonly text: string
  /** Without brackets; the same for every try, so that a relay or a person can recognise it. */
  readonly messageId: string
  readonly language: 'da' | 'en'
}

export type Handover =
  | { readonly outcome: 'accepted'; readonly protocol: string; readonly cipher: string }
  /** The relay says no for good to this message or recipient. */
  | { readonly outcome: 'refused'; readonly status: number }
  /** Nothing was taken: no connection, no TLS, no login, or "try again". */
  | { readonly outcome: 'later'; readonly code: string }
  /** The message was on its way and no answer came. */
  | { readonly outcome: 'unknown'; readonly code: string }

const LIMITS_MS = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 30_000, dnsTimeout: 10_000 }
const WHOLE_LIMIT_MS = 120_000

/** Hands the mail over. Never throws for what a relay or a network does. */
export async function handOver(relay: Relay, mail: Mail): Promise<Handover> {
  let hasBegun = false
  let bytes: Buffer = Buffer.alloc(0)
  // Read only once the relay has said "go ahead" to DATA: from then on it may have the message.
  const body = new Readable({
    read() {
      hasBegun = true
      this.push(bytes)
      this.push(null)
    },
  })
  const connection = new SMTPConnection(optionsOf(relay))
  try {
    bytes = await composed(mail)
    return await limited(connection, async failed => {
      await Promise.race([connected(connection), failed])
      if (relay.user !== undefined) await Promise.race([loggedIn(connection, relay), failed])
      const evidence = secrecyOf(connection)
      await Promise.race([sent(connection, mail, body), failed])
      return { outcome: 'accepted', ...evidence }
    })
  } catch (error) {
    return judge(error, hasBegun ? 'begun' : 'before')
  } finally {
    connection.close()
  }
}

async function composed(mail: Mail): Promise<Buffer> {
  const composer = new MailComposer({
    from: { name: '', address: mail.from },
    to: { name: '', address: mail.to },
    subject: mail.subject,
    text: mail.text,
    messageId: `<${mail.messageId}>`,
    headers: { 'Auto-Submitted': 'auto-generated', 'Content-Language': mail.language },
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return composer.compile().build()
}

function optionsOf(relay: Relay): SMTPConnection.Options {
  return {
    host: relay.host,
    port: relay.port,
    secure: relay.tls === 'implicit',
    requireTLS: relay.tls === 'starttls',
    ignoreTLS: relay.tls === 'none',
    tls: { minVersion: 'TLSv1.2', rejectUnauthorized: true, ...(relay.authority && { ca: relay.authority }) },
    ...LIMITS_MS,
  }
}

type Work = (failed: Promise<never>) => Promise<Handover>

/** Ends when the connection fails or the whole takes too long, whatever stage it is in. */
async function limited(connection: SMTPConnection, work: Work): Promise<Handover> {
  let timer: NodeJS.Timeout | undefined
  const failed = new Promise<never>((_, reject) => {
    connection.on('error', reject)
    timer = setTimeout(() => reject(Object.assign(new Error('too slow'), { code: 'ETIMEDOUT' })), WHOLE_LIMIT_MS)
  })
  failed.catch(() => undefined)
  try {
    return await work(failed)
  } finally {
    clearTimeout(timer)
  }
}

function connected(connection: SMTPConnection): Promise<void> {
  return new Promise((resolve, reject) => connection.connect(error => (error ? reject(error) : resolve())))
}

function loggedIn(connection: SMTPConnection, { user = '', password = '' }: Relay): Promise<void> {
  const credentials = { user, pass: password }
  return new Promise((resolve, reject) =>
    connection.login({ credentials }, error => (error ? reject(error) : resolve())),
  )
}

async function sent(connection: SMTPConnection, mail: Mail, body: Readable): Promise<void> {
  const envelope = { from: mail.from, to: [mail.to] }
  const info = await new Promise<SMTPConnection.SentMessageInfo>((resolve, reject) =>
    connection.send(envelope, body, (error, info) => (error ? reject(error) : resolve(info))),
  )
  if (info.accepted.length !== 1 || info.accepted[0] !== mail.to)
    throw new Error('not the one recipient that was meant')
}

/** Protocol and cipher of the line, kept as evidence that a confidential text went under TLS. */
function secrecyOf(connection: SMTPConnection): { protocol: string; cipher: string } {
  const socket = (connection as unknown as { _socket?: Partial<TLSSocket> })._socket
  return { protocol: socket?.getProtocol?.() ?? 'none', cipher: socket?.getCipher?.().name ?? 'none' }
}

function judge(error: unknown, stage: 'before' | 'begun'): Handover {
  const { code = 'ERROR', responseCode: status = 0, command = '' } = error as Partial<SMTPConnection.SMTPError>
  const isAboutRecipient = command === 'RCPT TO' || command === 'DATA'
  if (status >= 500 && isAboutRecipient) return { outcome: 'refused', status }
  if (status >= 400) return { outcome: 'later', code: String(status) }
  return { outcome: stage === 'begun' ? 'unknown' : 'later', code }
}
