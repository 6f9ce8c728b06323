/**
 * Sending notices (S22, Art. 14). Goal: every person is told once, and nobody hears of it who should not. Method:
 * a real database, a real SMTP server on this machine, real files; kills are made at each step by breaking the line.
 */
import assert from 'node:assert/strict'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import test, { after, before } from 'node:test'
import { debtor, type Debtor, type DebtorWish } from '../../test/cast.ts'
import { openKit, type Kit } from '../../test/kit.ts'
import { openMailServer, type Behaviour, type MailServer } from '../../test/mail-server.ts'
import { act, look } from '../platform/world.ts'
import * as notices from './notices.ts'

let kit: Kit
before(async () => {
  kit = await openKit()
})
after(() => kit.close())

const worker = () => kit.actor('system', 'worker')
const mailTo = (server: MailServer): notices.MailSettings => ({
  relay: { host: '127.0.0.1', port: server.port, tls: 'none' },
})
const letters = () => join(kit.world.dispatchFolder, 'letters')
const send = (mail: notices.MailSettings | null = null, limit = 200) =>
  notices.send(kit.world, worker(), { mail, limit })
const dueNow = (noticeId: string) =>
  kit.owner('update notices.notice set due_on = current_date, try_after = null where notice_id = $1', [noticeId])
const rowOf = async (noticeId: string) =>
  (await kit.owner('select * from notices.notice where notice_id = $1', [noticeId]))[0] ?? {}
const kindsOf = async (person: Debtor) =>
  act(kit.world, kit.actor('admin'), async ctx => {
    const { entriesOf, enter } = await import('../subjects/subjects.ts')
    const { requireTask } = await import('../policy/policy.ts')
    requireTask(ctx, 'verifyLedger')
    await enter(ctx, [{ subjectId: person.subjectId, kind: 'test.looked' }])
    return (await entriesOf(ctx, person.subjectId)).map(entry => entry.body)
  })

async function person(wish: DebtorWish = {}): Promise<Debtor> {
  const made = await debtor(kit, wish)
  await dueNow(made.noticeId)
  return made
}

async function withServer(behaviour: Behaviour, run: (server: MailServer) => Promise<void>): Promise<void> {
  const server = await openMailServer(behaviour)
  try {
    await run(server)
  } finally {
    await server.close()
  }
}

function decoded(head: string, body: string): string {
  if (/^content-transfer-encoding: base64/im.test(head)) return Buffer.from(body, 'base64').toString('utf8')
  const bytes = body
    .replaceAll('=\r\n', '')
    .replaceAll(/=([\dA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

test('a notice is sent seven days before its day, and not earlier', async () => {
  const early = await debtor(kit)
  assert.equal((await send()).written, 0)
  await kit.owner('update notices.notice set due_on = current_date + 7 where notice_id = $1', [early.noticeId])
  const sent = await send()
  assert.equal(sent.written, 1)
  await notices.printed(kit.world, worker(), sent.batchId ?? '')
})

test('without a relay contracted for TLS it is a letter: sent when printed, and its file is erased then', async () => {
  const { noticeId, subjectId } = await person({ name: 'Bo Prøvebjerg', reference: 'S-88' })
  const sent = await send()
  assert.deepEqual(
    { ...sent, batchId: '' },
    { mailed: 0, written: 1, returned: 0, later: 0, escalated: 0, batchId: '' },
  )
  const folder = join(letters(), sent.batchId ?? '')
  const file = join(folder, `${noticeId}.html`)
  assert.equal(lstatSync(file).mode & 0o777, 0o600)
  assert.equal(lstatSync(folder).mode & 0o777, 0o700)
  assert.equal((await rowOf(noticeId))['state'], 'queued')
  assert.equal((await send()).written, 0)
  const manifest = readFileSync(join(folder, 'manifest.jsonl'), 'utf8')
  assert.deepEqual(Object.keys(JSON.parse(manifest.trim()) as object), [
    'noticeId',
    'kind',
    'language',
    'dueOn',
    'file',
  ])
  assert.ok(!/Prøvebjerg|S-88|Valby/.test(manifest + readdirSync(folder).join()))
  assert.equal(await notices.printed(kit.world, worker(), sent.batchId ?? ''), 1)
  assert.equal(await notices.printed(kit.world, worker(), sent.batchId ?? ''), 0)
  assert.equal(existsSync(folder), false)
  const [status] = await look(kit.world, kit.actor('caseWorker'), it => notices.statusOf(it, subjectId))
  assert.deepEqual([status?.state, status?.channel], ['sent', 'letter'])
})

test('art. 14: source, purposes, times, recipients, rights, officer and complaint route are the policy’s', async () => {
  const { noticeId } = await person({ name: 'Carl Prøvebjerg', reference: 'S-77', client: 'Strandby Energi' })
  const sent = await send()
  const letter = readFileSync(join(letters(), sent.batchId ?? '', `${noticeId}.html`), 'utf8')
  for (const words of [
    'Strandby Energi',
    'S-77',
    'Intrum Danmark',
    'databeskyttelse@intrum.example',
    'At inddrive et forfaldent krav',
    'GDPR 6(1)(f)',
    'seks måneder efter sagen er lukket',
    'Sagens advokat',
    'Datatilsynet',
    'Carl Jacobsens Vej 35',
    'Du kan gøre indsigelse',
    'Udgave 1',
    noticeId,
  ])
    assert.ok(letter.includes(words), words)
  assert.match(letter, /<section class="apart">\s*<h2>Du kan gøre indsigelse/)
  assert.ok(!/2340|2\.340|0101659995|010165/.test(letter), 'neither amount nor CPR number')
  await notices.printed(kit.world, worker(), sent.batchId ?? '')
})

test('B5: from outside the address alone shows: no debt, amount, CPR number, company or reference', async () => {
  const { noticeId } = await person({ name: 'Ditte Prøvebjerg', reference: 'S-66' })
  const sent = await send()
  const letter = readFileSync(join(letters(), sent.batchId ?? '', `${noticeId}.html`), 'utf8')
  const outside = /<header>(.*?)<p class="date">/s.exec(letter)?.[1] ?? ''
  const texts = [...outside.matchAll(/>([^<>]+)</g)].map(match => match[1]?.trim()).filter(Boolean)
  assert.deepEqual(texts, ['Eksempelvej 1, 2100 København Ø', 'Ditte Prøvebjerg', 'Prøvevej 12', '2500 Valby'])
  assert.match(letter, /<title>Besked om dine personoplysninger<\/title>/)
  await notices.printed(kit.world, worker(), sent.batchId ?? '')
})

const HOSTILE = [
  '<script>alert(1)</script>',
  '#read("/etc/passwd")',
  '"><img src=x onerror=alert(1)>',
  '&amp;lt;',
  '{{7*7}} ${7*7}',
  "O'Brien & Søn",
  '../../etc/passwd',
  '\u202Egnuferp\u202C',
  'A\u0000B\u001B[31m',
]

test('B17: hostile names come out letter by letter, without markup, control or direction marks', async () => {
  for (const name of HOSTILE) {
    const { noticeId } = await person({ name })
    const sent = await send()
    const letter = readFileSync(join(letters(), sent.batchId ?? '', `${noticeId}.html`), 'utf8')
    const shown = /<span dir="auto">(.*?)<\/span>/.exec(letter)?.[1] ?? ''
    const entities: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'", '&amp;': '&' }
    const plain = shown.replaceAll(/&(?:lt|gt|quot|#39|amp);/g, entity => entities[entity] ?? '')
    assert.equal(plain, name.replaceAll(/[\p{Cc}\p{Cf}]/gu, ''))
    assert.ok(!/<script|<img|onerror=alert\(1\)>$/.test(letter.replaceAll(/&lt;[^&]*/g, '')))
    assert.ok(!/[\u202A-\u202E\u2066-\u2069\u0000-\u0008]/.test(letter))
    await notices.printed(kit.world, worker(), sent.batchId ?? '')
  }
})

test('a mail has a neutral subject and sender, one recipient, the whole text, and goes once', async () => {
  await withServer({}, async server => {
    const asta = await person({ name: 'Esther Prøvebjerg', email: 'esther@example.dk', reference: 'S-55' })
    assert.equal((await send(mailTo(server))).mailed, 1)
    const [message] = server.received
    assert.deepEqual([message?.from, message?.to], ['kontakt@intrum.example', ['esther@example.dk']])
    const whole = message?.text ?? ''
    const head = whole.slice(0, whole.indexOf('\r\n\r\n'))
    const body = decoded(head, whole.slice(head.length + 4))
    assert.match(head, /^Subject: Besked om dine personoplysninger$/m)
    assert.ok(!/Strandby|inkasso|gæld|krav|S-55|Intrum Danmark/i.test(head), head)
    assert.ok(!/2340|2\.340|010165/.test(body))
    for (const words of ['Til Esther Prøvebjerg', 'S-55', 'Strandby Energi', 'DU KAN GØRE INDSIGELSE', 'Datatilsynet'])
      assert.ok(body.includes(words), words)
    assert.deepEqual(
      [(await rowOf(asta.noticeId))['state'], (await rowOf(asta.noticeId))['channel']],
      ['sent', 'email'],
    )
    assert.equal((await send(mailTo(server))).mailed, 0)
    assert.equal(server.received.length, 1)
    const bodies = await kindsOf(asta)
    const read = bodies.find(it => it?.kind === 'subjects.read')
    assert.deepEqual(
      [read?.['purpose'], read?.['fields']],
      ['notices', ['address', 'city', 'email', 'name', 'postcode', 'reference']],
    )
    assert.deepEqual(
      bodies.map(it => it?.kind).filter(kind => kind?.startsWith('notices.')),
      ['notices.handed_over', 'notices.sent'],
    )
  })
})

test('an address that is a list in disguise is never mailed to: the notice goes as a letter', async () => {
  await withServer({}, async server => {
    const { noticeId } = await person({ email: 'a@example.dk, b@example.dk' })
    const sent = await send(mailTo(server))
    assert.deepEqual([sent.mailed, sent.written], [0, 1])
    assert.deepEqual(server.recipients, [])
    assert.equal((await rowOf(noticeId))['channel'], 'letter')
    await notices.printed(kit.world, worker(), sent.batchId ?? '')
  })
})

test('a mail refused for good is returned and goes as a letter at once, not by mail again', async () => {
  await withServer({ recipientStatus: 550 }, async server => {
    const made = await person()
    const sent = await send(mailTo(server))
    assert.deepEqual([sent.returned, sent.written], [1, 1])
    assert.equal(server.recipients.length, 1)
    const bodies = await kindsOf(made)
    assert.equal(bodies.find(it => it?.kind === 'notices.returned')?.['failure'], 'notices.mail_refused')
    assert.equal((await rowOf(made.noticeId))['state'], 'returned')
    await notices.printed(kit.world, worker(), sent.batchId ?? '')
    assert.equal((await rowOf(made.noticeId))['state'], 'sent')
  })
})

test('a mail put off waits its minutes, and after five tries goes as a letter', async () => {
  await withServer({ recipientStatus: 451 }, async server => {
    const { noticeId } = await person()
    assert.equal((await send(mailTo(server))).later, 1)
    assert.equal((await send(mailTo(server))).later, 0)
    assert.ok(((await rowOf(noticeId))['try_after'] as Date) > new Date())
    for (let tries = 2; tries <= 4; tries += 1) {
      await dueNow(noticeId)
      assert.equal((await send(mailTo(server))).later, 1)
    }
    await dueNow(noticeId)
    const sent = await send(mailTo(server))
    assert.deepEqual([sent.returned, sent.written, server.recipients.length], [1, 1, 5])
    await notices.printed(kit.world, worker(), sent.batchId ?? '')
  })
})

for (const fate of ['kept', 'lost'] as const)
  test(`a line that breaks after the message (${fate}) is never mailed again: a person of ours decides`, async () => {
    await withServer({ breakAfterData: fate }, async server => {
      const { noticeId } = await person()
      assert.equal((await send(mailTo(server))).escalated, 1)
      assert.equal((await rowOf(noticeId))['failure'], 'notices.outcome_unknown')
      await send(mailTo(server))
      assert.equal(server.recipients.length, 1)
      const verb = fate === 'kept' ? notices.recordDelivery : notices.requeue
      await act(kit.world, kit.actor('caseWorker'), ctx => verb(ctx, noticeId))
      assert.equal((await rowOf(noticeId))['state'], fate === 'kept' ? 'delivered' : 'queued')
      await kit.owner(`update notices.notice set due_on = current_date + 30 where notice_id = $1`, [noticeId])
    })
  })

test('killed before a mail was in hand: it is sent; with it in hand: a person of ours decides', async () => {
  await withServer({}, async server => {
    const before = await person({ email: 'foer@example.dk' })
    const during = await person({ email: 'under@example.dk' })
    await kit.owner(
      `update notices.notice set handed_at = now() - interval '16 minutes', channel = 'email' where notice_id = $1`,
      [during.noticeId],
    )
    const sent = await send(mailTo(server))
    assert.deepEqual([sent.mailed, sent.escalated], [1, 1])
    assert.deepEqual(server.recipients, ['foer@example.dk'])
    assert.equal((await rowOf(before.noticeId))['state'], 'sent')
    assert.equal((await rowOf(during.noticeId))['failure'], 'notices.outcome_unknown')
  })
})

test('one that another process has in hand right now is left alone', async () => {
  const { noticeId } = await person()
  await kit.owner(`update notices.notice set handed_at = now(), channel = 'email' where notice_id = $1`, [noticeId])
  assert.deepEqual(
    { ...(await send()), batchId: null },
    { mailed: 0, written: 0, returned: 0, later: 0, escalated: 0, batchId: null },
  )
  await kit.owner(`update notices.notice set state = 'escalated', handed_at = null where notice_id = $1`, [noticeId])
})

test('three senders at once: everyone is told once', async () => {
  await withServer({}, async server => {
    const people: Debtor[] = []
    for (let index = 0; index < 24; index += 1) people.push(await person({ email: `p${index}@example.dk` }))
    const runs = await Promise.all([send(mailTo(server)), send(mailTo(server)), send(mailTo(server))])
    assert.equal(
      runs.reduce((sum, run) => sum + run.mailed, 0),
      24,
    )
    assert.deepEqual(server.recipients.toSorted(), people.map((_, index) => `p${index}@example.dk`).toSorted())
  })
})

const PLACES: readonly [
  rule: string,
  wish: { address?: string; postcode?: string; city?: string; name?: string },
  failure: string,
][] = [
  ['no street', { address: '' }, 'notices.no_address'],
  ['a postcode no place has', { postcode: '0001' }, 'notices.no_address'],
  ['a protected address', { address: 'ADRESSEBESKYTTET' }, 'notices.address_protected'],
  ['a protected name', { name: 'NAVNE & ADRESSEBESKYTTET' }, 'notices.address_protected'],
  ['an unknown address', { address: 'Ukendt adresse' }, 'notices.address_unknown'],
]

test('no usable address: a person of ours gets it, with the reason, and no letter is written', async () => {
  const { routeOf } = await import('./address.ts')
  const good = { name: 'A', address: 'Prøvevej 1', postcode: '2500', city: 'Valby' }
  for (const [rule, wish, failure] of PLACES) {
    const route = routeOf({ contact: { ...good, ...wish }, mail: 'none', returned: [], language: 'da' })
    assert.deepEqual(route, { channel: 'none', failure }, rule)
  }
  const made = await person({ name: 'NAVNE & ADRESSEBESKYTTET' })
  const sent = await send()
  assert.deepEqual([sent.written, sent.escalated, sent.batchId], [0, 1, null])
  assert.equal((await rowOf(made.noticeId))['failure'], 'notices.address_protected')
})

test('a letter that came back is not sent to the same address again', async () => {
  const { noticeId } = await person()
  const sent = await send()
  await notices.printed(kit.world, worker(), sent.batchId ?? '')
  await act(kit.world, kit.actor('caseWorker'), ctx => notices.recordReturn(ctx, noticeId))
  assert.equal((await send()).escalated, 1)
  assert.deepEqual(
    [(await rowOf(noticeId))['state'], (await rowOf(noticeId))['failure']],
    ['escalated', 'notices.returned'],
  )
})

test('killed while writing: the batch is completed, strays go, a lost letter is written again', async () => {
  const kept = await person()
  const lost = await person()
  const batch = '0b0b0b0b-0000-4000-8000-000000000001'
  const folder = join(letters(), `${batch}.part`)
  mkdirSync(folder, { mode: 0o700, recursive: true })
  for (const name of [`${kept.noticeId}.html`, '0b0b0b0b-0000-4000-8000-00000000000f.html', 'draft-x.html'])
    writeFileSync(join(folder, name), 'x')
  await kit.owner(
    `insert into work.item (item_id, kind, opened_by, opened_at) values ($1, 'job', 'test', now() - interval '1 hour')`,
    [batch],
  )
  await kit.owner(`update notices.notice set batch_id = $1, channel = 'letter' where notice_id = any($2)`, [
    batch,
    [kept.noticeId, lost.noticeId],
  ])
  const sent = await send()
  assert.deepEqual(readdirSync(join(letters(), batch)).toSorted(), [`${kept.noticeId}.html`, 'manifest.jsonl'])
  assert.deepEqual([sent.written, (await rowOf(lost.noticeId))['batch_id']], [1, sent.batchId])
  assert.equal((await rowOf(kept.noticeId))['batch_id'], batch)
  for (const id of [batch, sent.batchId ?? '']) assert.equal(await notices.printed(kit.world, worker(), id), 1)
})

test('a letter whose file went missing before it was printed was not sent: it is written again', async () => {
  const { noticeId } = await person()
  const first = await send()
  rmSync(join(letters(), first.batchId ?? '', `${noticeId}.html`))
  assert.equal(await notices.printed(kit.world, worker(), first.batchId ?? ''), 0)
  assert.deepEqual([(await rowOf(noticeId))['state'], (await rowOf(noticeId))['batch_id']], ['queued', null])
  const second = await send()
  assert.equal(await notices.printed(kit.world, worker(), second.batchId ?? ''), 1)
})

test('B20: a link in place of the letter folder is never followed, and nothing is lost', async () => {
  const { noticeId } = await person()
  const elsewhere = join(kit.folder, 'elsewhere')
  mkdirSync(elsewhere)
  rmSync(letters(), { recursive: true })
  symlinkSync(elsewhere, letters())
  await assert.rejects(send(), { code: 'folder.unsafe' })
  assert.deepEqual(readdirSync(elsewhere), [])
  rmSync(letters())
  assert.equal((await rowOf(noticeId))['state'], 'queued')
  const sent = await send()
  assert.equal(sent.written, 1)
  await notices.printed(kit.world, worker(), sent.batchId ?? '')
})

test('no name, address or reference of anyone is in the log or in the names of files', () => {
  assert.ok(!/Prøve|Valby|example\.dk|S-\d\d/.test(kit.log.join('\n')))
})
