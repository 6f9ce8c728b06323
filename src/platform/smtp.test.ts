/**
 * Handing over a mail (threats B18, B19). Goal: one recipient, TLS or nothing, and never a wrong belief about what
 * the relay has. Method: a real SMTP server on this machine that misbehaves in each way.
 */
import assert from 'node:assert/strict'
import test from 'node:test'
import { selfSigned } from '../../test/certificate.ts'
import { openMailServer, type Behaviour } from '../../test/mail-server.ts'
import { handOver, type Mail, type Relay } from './smtp.ts'

const certificate = selfSigned(['localhost', '127.0.0.1'])
const mail: Mail = {
  from: 'kontakt@intrum.example',
  to: 'asta@example.dk',
  subject: 'Besked om dine personoplysninger',
  text: 'Æbler og øl på åen\n.\n..\nslut\n',
  messageId: 'c0ffee00-0000-4000-8000-000000000001@intrum.example',
  language: 'da',
}

async function against(behaviour: Behaviour, wish: Partial<Relay> = {}, sent: Partial<Mail> = {}) {
  const server = await openMailServer(behaviour)
  try {
    const relay = {
      host: '127.0.0.1',
      port: server.port,
      tls: 'starttls',
      authority: certificate.certificate,
      ...wish,
    } as const
    return { handover: await handOver(relay, { ...mail, ...sent }), server }
  } finally {
    await server.close()
  }
}

test('a mail goes to exactly one recipient, under TLS 1.2 or newer, with the id it was given', async () => {
  const { handover, server } = await against({ certificate })
  assert.equal(handover.outcome, 'accepted')
  assert.match(handover.outcome === 'accepted' ? handover.protocol : '', /^TLSv1\.[23]$/)
  const [message] = server.received
  assert.deepEqual(server.recipients, ['asta@example.dk'])
  assert.equal(message?.isSecure, true)
  assert.match(message?.text ?? '', /^Message-ID: <c0ffee00-0000-4000-8000-000000000001@intrum\.example>/im)
  assert.match(message?.text ?? '', /^Auto-Submitted: auto-generated/im)
})

const NO_TLS: readonly [rule: string, behaviour: Behaviour, relay: Partial<Relay>][] = [
  ['a relay without TLS', {}, {}],
  ['a relay whose certificate nobody vouches for', { certificate: selfSigned(['localhost', '127.0.0.1']) }, {}],
  ['a relay with another name in its certificate', { certificate: selfSigned(['mail.example']) }, {}],
  [
    'a relay that speaks TLS 1.1 only',
    { certificate, options: { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } },
    {},
  ],
  ['a relay that is asked for TLS from the first byte and has none', {}, { tls: 'implicit' }],
]

for (const [rule, behaviour, relay] of NO_TLS)
  test(`nothing is sent, not even the recipient, to ${rule}`, async () => {
    const { handover, server } = await against(behaviour, relay)
    assert.equal(handover.outcome, 'later')
    assert.deepEqual({ received: server.received, recipients: server.recipients }, { received: [], recipients: [] })
  })

test('an expired certificate is no certificate', async () => {
  const old = selfSigned(['localhost', '127.0.0.1'], { expired: true })
  const { handover, server } = await against({ certificate: old }, { authority: old.certificate })
  assert.equal(handover.outcome, 'later')
  assert.deepEqual(server.recipients, [])
})

test('a relay on this machine may take it without TLS', async () => {
  const { handover, server } = await against({}, { tls: 'none' })
  assert.deepEqual(handover, { outcome: 'accepted', protocol: 'none', cipher: 'none' })
  assert.equal(server.received[0]?.isSecure, false)
})

const ANSWERS: readonly [rule: string, behaviour: Behaviour, outcome: string][] = [
  ['"no such mailbox" is refused for good', { recipientStatus: 550 }, 'refused'],
  ['"not wanted" after the message is refused for good', { dataStatus: 554 }, 'refused'],
  ['"mailbox busy" is tried later', { recipientStatus: 450 }, 'later'],
  ['"try again" after the message is tried later', { dataStatus: 451 }, 'later'],
  ['a line that breaks before the message is tried later', { breakAtRecipient: true }, 'later'],
  ['a line that breaks after the message, which was kept, is unknown', { breakAfterData: 'kept' }, 'unknown'],
  ['a line that breaks after the message, which was lost, is unknown', { breakAfterData: 'lost' }, 'unknown'],
]

for (const [rule, behaviour, outcome] of ANSWERS)
  test(rule, async () => {
    const { handover } = await against({ ...behaviour, certificate })
    assert.equal(handover.outcome, outcome)
  })

test('a wrong password is our own fault: tried later, and the person is not marked as unreachable', async () => {
  const options = {
    authOptional: false,
    onAuth: (_auth: unknown, _session: unknown, callback: (error: Error) => void) =>
      callback(Object.assign(new Error('no'), { responseCode: 535 })),
  }
  const { handover, server } = await against({ certificate, options }, { user: 'u', password: 'p' })
  assert.deepEqual(handover, { outcome: 'later', code: '535' })
  assert.deepEqual(server.recipients, [])
})

test('nobody at the other end is tried later', async () => {
  const server = await openMailServer()
  await server.close()
  const handover = await handOver({ host: '127.0.0.1', port: server.port, tls: 'none' }, mail)
  assert.equal(handover.outcome, 'later')
})

const INJECTIONS = [
  'a@x.dk, b@y.dk',
  'a@x.dk\r\nRCPT TO:<b@y.dk>',
  'a@x.dk\r\nBcc: b@y.dk',
  '<a@x.dk> <b@y.dk>',
  'a@x.dk; b@y.dk',
  'list: a@x.dk, b@y.dk;',
]

for (const to of INJECTIONS)
  test(`B18: ${JSON.stringify(to)} never becomes a second recipient, whatever let it through`, async () => {
    const { server } = await against({ certificate }, {}, { to })
    assert.ok(!server.recipients.includes('b@y.dk'), server.recipients.join())
    assert.ok(server.received.every(message => !/^bcc:/im.test(message.text)))
  })
