/** A real SMTP server in the test's own process, on this machine, that answers as a test wants it to. */
import type { AddressInfo } from 'node:net'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import type { Certificate } from './certificate.ts'

export type Received = {
  readonly from: string
  readonly to: readonly string[]
  readonly text: string
  readonly isSecure: boolean
  readonly protocol: string
}

export type MailServer = {
  readonly port: number
  /** Every message that was taken, in order. */
  readonly received: Received[]
  /** Every recipient named, taken or not. */
  readonly recipients: string[]
  close(): Promise<void>
}

export type Behaviour = {
  readonly certificate?: Certificate
  /** Answer to RCPT TO and to the finished message: a status such as 451 or 550. */
  readonly recipientStatus?: number
  readonly dataStatus?: number
  /** Breaks the line when the whole message is there, before or after it is kept. */
  readonly breakAfterData?: 'kept' | 'lost'
  readonly breakAtRecipient?: boolean
  readonly options?: SMTPServerOptions
}

/** Starts the server; without a certificate it offers no TLS. */
export async function openMailServer(behaviour: Behaviour = {}): Promise<MailServer> {
  const { certificate } = behaviour
  const received: Received[] = []
  const recipients: string[] = []
  const server = new SMTPServer({
    authOptional: true,
    disableReverseLookup: true,
    ...(certificate ? { key: certificate.key, cert: certificate.certificate } : { disabledCommands: ['STARTTLS'] }),
    onRcptTo(address, session, callback) {
      recipients.push(address.address)
      if (behaviour.breakAtRecipient) cut(session.id)
      else callback(answer(behaviour.recipientStatus))
    },
    onData(stream, session, callback) {
      const parts: Buffer[] = []
      stream.on('data', (part: Buffer) => parts.push(part))
      stream.on('end', () => {
        const isKept = behaviour.breakAfterData !== 'lost' && behaviour.dataStatus === undefined
        const envelope = session.envelope
        if (isKept) {
          received.push({
            from: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
            to: envelope.rcptTo.map(it => it.address),
            text: Buffer.concat(parts).toString('utf8'),
            isSecure: session.secure,
            protocol: (session as { tlsOptions?: { version?: string } }).tlsOptions?.version ?? '',
          })
        }
        if (behaviour.breakAfterData) cut(session.id)
        else callback(answer(behaviour.dataStatus))
      })
    },
    ...behaviour.options,
  })
  const cut = (id: string) => {
    for (const connection of server.connections as Set<{ id: string; _socket: { destroy(): void } }>) {
      if (connection.id === id) connection._socket.destroy()
    }
  }
  server.on('error', () => undefined)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.server.address() as AddressInfo
  return { port, received, recipients, close: () => new Promise(resolve => server.close(() => resolve())) }
}

function answer(status: number | undefined): Error | null {
  return status === undefined ? null : Object.assign(new Error('as the test wants it'), { responseCode: status })
}
