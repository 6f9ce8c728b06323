/**
 * The canary: a marker of its own in every field of every category, through every door there is, good and bad input
 * alike; then a search of all that is kept. Only what is meant to be read in clear holds any of them.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Decrypter, generateX25519Identity, identityToRecipient } from 'age-encryption'
import { sql } from '../src/lib/sql.ts'
import * as notices from '../src/notices/notices.ts'
import { openWorld } from '../src/open.ts'
import { act, type World } from '../src/platform/world.ts'
import * as policy from '../src/policy/policy.ts'
import * as subjects from '../src/subjects/subjects.ts'
import * as work from '../src/work/work.ts'
import {
  categories,
  COMMON,
  CONTROL,
  CPR,
  EVERYBODYS,
  fieldsOf,
  file,
  number,
  numbers,
  plant,
  planted,
  row,
  SIGN,
  typed,
  useDocument,
  word,
} from './canary-markers.ts'
import { formsOf, formsOfNumber, hashesOf, search, searchFolder, type Hit, type Needle } from './canary-search.ts'
import { ask, openInstallation, type Installation, type Server } from './installation.ts'
import { openMailServer, type MailServer } from './mail-server.ts'

const CLIENT = 'Strandby Energi'

let house: Installation
let mail: MailServer
let server: Server
let key: string
let ageIdentity: string
const parties: { [kind: string]: string } = {}
const people = new Set<string>()
/** What the doors answered that must not repeat anything. */
const refusals: string[] = []

before(async () => {
  house = openInstallation('canary')
  mail = await openMailServer()
  server = await house.serve({
    INDSIGT_SMTP_URL: `smtp://127.0.0.1:${mail.port}`,
    INDSIGT_MAIL_CONFIDENTIAL: 'relay',
    INDSIGT_MAIL_FROM: 'besked@intrum.example',
  })
  key = server.key ?? ''
  ageIdentity = await generateX25519Identity()
  const ageRecipient = await identityToRecipient(ageIdentity)
  for (const [kind, name] of [
    ['clients', CLIENT],
    ['lawyers', 'Advokat Krog'],
    ['authorities', 'Gældsstyrelsen'],
  ] as const)
    parties[kind] = String((await must('POST', `/v1/${kind}`, { name, ageRecipient }))['partyId'])
  await inWorld(async world => {
    useDocument(policy.current({ world }).document)
  })
})
after(async () => {
  await house.close()
  await mail.close()
})

async function must(method: string, path: string, body?: unknown): Promise<{ readonly [name: string]: unknown }> {
  const answer = await ask(server, key, method, path, body)
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.text}`)
  return answer.body
}

/** A world in this process on the same folder, for doors that have no address of their own. */
async function inWorld<T>(use: (world: World) => Promise<T>): Promise<T> {
  const log = (...line: unknown[]) => refusals.push(JSON.stringify(line))
  const opened = await openWorld({ data: house.data, env: {}, cwd: house.root, log })
  try {
    return await use(opened.world)
  } finally {
    await opened.close()
  }
}

async function deliver(text: string): Promise<{ readonly [name: string]: unknown }> {
  const begun = await must('POST', `/v1/imports?client=${encodeURIComponent(CLIENT)}`, text)
  for (let tries = 0; tries < 400; tries += 1) {
    const report = await must('GET', `/v1/imports/${String(begun['importId'])}`)
    if (report['state'] === 'finished') return report
    await pause(25)
  }
  assert.fail('the import did not end')
}

async function caseOf(reference: string): Promise<{ caseId: string; subjectId: string }> {
  const { caseId } = (await must('POST', '/v1/cases/search', { client: CLIENT, reference })) as { caseId: string }
  const [found] = await house.owner('select subject_id from work.relationship where relationship_id = $1', [caseId])
  const subjectId = String(found?.['subject_id'])
  people.add(subjectId)
  return { caseId, subjectId }
}

async function collect(category: string, fields: readonly string[], more: object = {}): Promise<string> {
  const notice = { version: 1, shownAt: new Date(Date.now() - 1).toISOString() }
  const form = { site: 'www.intrum.dk', category, values: plant(category, fields), language: 'da', notice, ...more }
  const subjectId = String((await must('POST', '/v1/collections', form))['subjectId'])
  people.add(subjectId)
  return subjectId
}

let byMail: { caseId: string; subjectId: string }
let byLetter: { caseId: string; subjectId: string }

test('by a client’s file, by API and command line: rows that are taken, changed, waiting and refused', async () => {
  const one = row()
  const two = row(['email', 'cvr'])
  const minor = row(['cvr'], { cpr: number('0101154123') })
  const refused = [
    row([], { name: `${word()} ${number('0707614285')}` }).line,
    row([], { principal: '0', interest: '0', fee: '0' }).line,
    row([], { due_date: word() }).line,
    row([], { cpr: word() }).line,
    `${word()};${word()};${word()}`,
    `${row().line};${word()};${word()}`,
    `${word()};"${word()} without an end`,
  ]
  const done = await deliver(file(one.line, two.line, minor.line, ...refused))
  assert.deepEqual([done['created'], done['reviewed']], [2, 1], JSON.stringify(done))
  byMail = await caseOf(one.reference)
  byLetter = await caseOf(two.reference)
  const [waiting] = await house.owner('select subject_id from intake.review')
  people.add(String(waiting?.['subject_id']))
  const path = join(house.root, 'portfolio.csv')
  const changed = one.line.replace(/;[^;]*$/, `;${word()}`)
  writeFileSync(path, file(changed, row([], { country: word() }).line))
  planted.set('debt_note.note', changed.split(';').at(-1) as string)
  const shell = await house.cli(['import', path, '--client', CLIENT])
  assert.equal(shell.code, 0, shell.err)
  refusals.push(shell.out)
  writeFileSync(path, '')
  const broken = await ask(
    server,
    key,
    'POST',
    `/v1/imports?client=${encodeURIComponent(CLIENT)}`,
    `${word()};${word()}\r\n${word()}`,
  )
  assert.ok(broken.status >= 400)
  refusals.push(broken.text)
})

test('by the forms of our sites, with a consent and its words', async () => {
  const subjectId = await collect('web_account', fieldsOf('web_account'))
  const words = { subjectId, text: `Ja tak, ${word()}`, textVersion: '1', language: 'da' }
  const { consentId } = await must('POST', '/v1/consents', { ...words, state: 'given', purpose: 'service' })
  await collect(
    'web_contact',
    fieldsOf('web_contact').filter(it => it !== 'payment_card'),
    { subjectId, consentId },
  )
  await collect('web_payment', fieldsOf('web_payment'), { subjectId })
  await collect(
    'application',
    fieldsOf('application').filter(it => !COMMON.has(it)),
  )
  await must('POST', '/v1/consents', { ...words, state: 'refused', purpose: 'marketing', channel: 'email' })
  const shell = await house.cli(
    ['consent', 'give', '--case', byMail.caseId, '--purpose', 'service', '--text-version', '2'],
    `${word()}\n`,
  )
  assert.equal(shell.code, 0, shell.err)
})

test('by requests, payments and authorities’ demands', async () => {
  for (const kind of ['objection', 'erasure'] as const) {
    const { statement } = plant('request_file', ['statement'])
    const asked = { subjectId: byLetter.subjectId, kind, channel: 'letter', statement, records: [] }
    await must('POST', '/v1/requests', asked)
  }
  const objected = await house.cli(['object', '--case', byLetter.caseId], `${word()}\n`)
  assert.equal(objected.code, 0, objected.err)
  const payment = plant('accounting_entry', fieldsOf('accounting_entry'), {
    payment_date: '2026-11-20',
    currency: 'DKK',
  })
  await must('POST', `/v1/cases/${byMail.caseId}/payments`, payment)
  const shell = await house.cli(['payment', 'add', byMail.caseId], JSON.stringify({ ...payment, payer_name: word() }))
  assert.equal(shell.code, 0, shell.err)
  const demand = {
    authorityId: parties['authorities'],
    legalBasis: 'Retsplejeloven § 804',
    fields: ['name', 'cpr'],
    demandedOn: '2026-11-20',
    validUntil: '2026-12-20',
  }
  parties['demand'] = String(
    (await must('POST', `/v1/cases/${byMail.caseId}/demands`, { ...demand, reference: word() }))['demandId'],
  )
  await must('POST', `/v1/cases/${byMail.caseId}/lawyer`, { lawyerId: parties['lawyers'] })
})

test('by the vault itself, for the categories whose door is not built yet', () =>
  inWorld(async world => {
    const actor = { id: 'operator', role: 'admin', surface: 'api' } as const
    const hold = (
      kind: 'employment' | 'clientContact',
      category: string,
      source: 'person' | 'client',
      importId: string | null,
    ) =>
      act(world, actor, async ctx => {
        const [subjectId] = (await subjects.create(ctx, 1)) as [string]
        const relationshipId = await work.openRelationship(ctx, { subjectId, kind })
        const warrant = await work.warrant(ctx, { kind: 'case', id: relationshipId })
        const noticeId = await notices.recordShown(ctx, { subjectId, language: 'da', shownAt: ctx.now })
        const values = plant(category, fieldsOf(category), EVERYBODYS)
        const facts = { roleAllowed: true, workOpen: true, noticeGiven: true, cprGround: true }
        await subjects.hold(
          ctx,
          warrant,
          [{ subjectId, relationshipId, category, source, noticeId, importId, values }],
          facts,
        )
        await subjects.enter(ctx, [{ subjectId, kind: 'canary.planted' }])
        people.add(subjectId)
      })
    await hold('employment', 'employee', 'person', null)
    await hold('clientContact', 'client_contact', 'person', null)
    await act(world, actor, async ctx => {
      const { subjectId, caseId: relationshipId } = byMail
      const warrant = await work.warrant(ctx, { kind: 'case', id: relationshipId })
      const [first] = await subjects.rowsOf(ctx, subjectId)
      const place = { subjectId, relationshipId, noticeId: first?.noticeId ?? null, source: 'person' } as const
      const facts = { roleAllowed: true, workOpen: true, noticeGiven: true }
      await subjects.hold(
        ctx,
        warrant,
        [{ ...place, category: 'correspondence', values: plant('correspondence', fieldsOf('correspondence')) }],
        facts,
      )
      const itemId = await work.openItem(ctx, { kind: 'request', subjectId, relationshipId: null })
      const asked = await work.warrant(ctx, { kind: 'request', id: itemId })
      const record = {
        ...place,
        category: 'request_file',
        values: plant('request_file', fieldsOf('request_file'), EVERYBODYS),
      }
      await subjects.hold(ctx, asked, [record], { ...facts, volunteered: true, required: true })
      await subjects.enter(ctx, [{ subjectId, kind: 'canary.planted' }])
    })
    // An error that carries a value, in the database's own words.
    const marker = word()
    await assert.rejects(world.pools.api.write(tx => tx.run(sql`select ${marker}::text::int`)))
    await assert.rejects(world.pools.worker.write(tx => tx.run(sql`select ${marker}::text::uuid`)))
    await assert.rejects(world.pools.import.write(tx => tx.run(sql`select ${marker}::text::jsonb`)))
  }))

test('every field of every category has a marker that the person’s own reply shows', async () => {
  const wanted = Object.entries(categories()).flatMap(([category, { fields }]) =>
    fields.map(field => [category, field] as const),
  )
  const missing = wanted.filter(([category, field]) => !COMMON.has(field) && !planted.has(`${category}.${field}`))
  assert.deepEqual(missing, [['web_contact', 'payment_card']], 'the one field that its own purpose does not take')
  const replies: string[] = []
  for (const subjectId of people) {
    const asked = await must('POST', '/v1/requests', { subjectId, kind: 'access', channel: 'letter' })
    const reply = await ask(server, key, 'POST', `/v1/requests/${String(asked['requestId'])}/reply`)
    assert.equal(reply.status, 200, reply.text)
    replies.push(reply.text)
  }
  const text = replies.join('\n')
  const absent = [...planted].filter(([, value]) => !text.includes(value) && !text.includes(`+45${value}`))
  assert.deepEqual(absent, [])
})

test('it is read, searched, disclosed, told by mail and by letter, and there it stands in clear', async () => {
  await must('GET', `/v1/cases/${byMail.caseId}`)
  const cpr = planted.get('employee.cpr') as string
  for (const by of [{ cpr }, { email: planted.get('web_account.email') }, { phone: planted.get('web_contact.phone') }])
    assert.equal(((await must('POST', '/v1/people/search', by))['people'] as unknown[]).length, 1)
  for (const args of [['person', 'find'], ['access']])
    assert.equal((await house.cli(args, `${cpr}\n`)).code, 0, args.join())
  assert.match((await house.cli(['case', 'show', byMail.caseId])).out, /Qzkwvj/)
  const to = [{ kind: 'creditor' }, { kind: 'lawyer' }, { kind: 'authority', demandId: parties['demand'] }]
  for (const recipient of to) {
    const made = await must('POST', `/v1/cases/${byMail.caseId}/disclosures`, { recipient })
    const answer = await fetch(`${server.address}/v1/disclosures/${String(made['disclosureId'])}/package`, {
      headers: { authorization: `Bearer ${key}` },
    })
    const bytes = new Uint8Array(await answer.arrayBuffer())
    assert.deepEqual(search(Buffer.from(bytes), needles(), 'package'), [])
    const decrypter = new Decrypter()
    decrypter.addIdentity(ageIdentity)
    assert.match(Buffer.from(await decrypter.decrypt(bytes)).toString('utf8'), /Qzkwvj/)
  }
  const sent = await must('POST', '/v1/notices/sendings', { leadDays: 366 })
  assert.ok(Number(sent['mailed']) > 0 && Number(sent['written']) > 0, JSON.stringify(sent))
  assert.ok(mail.received.some(it => it.to.some(address => address.startsWith(SIGN))))
  const letters = join(house.data, 'dispatch', 'letters')
  assert.ok(searchFolder(letters, formsOf(SIGN)).length > 0, 'the search does find what stands in clear')
})

test('bad input at every door is refused without repeating it', async () => {
  const at = `/v1/cases/${byMail.caseId}`
  const bodies: [string, unknown][] = [
    ['/v1/collections', { [typed()]: word() }],
    [
      '/v1/collections',
      { site: word(), category: word(), values: { [typed()]: word() }, language: word(), notice: word() },
    ],
    [
      '/v1/collections',
      {
        site: 'intrum.dk',
        category: 'web_contact',
        language: 'da',
        values: { [typed()]: word() },
        notice: { version: 1, shownAt: new Date().toISOString() },
      },
    ],
    [
      '/v1/consents',
      { state: word(), subjectId: word(), purpose: word(), text: [word()], textVersion: word(), language: 'da' },
    ],
    [
      '/v1/consents',
      {
        state: 'given',
        subjectId: byMail.subjectId,
        purpose: word(),
        text: word(),
        textVersion: `${word()}!`,
        language: 'da',
      },
    ],
    ['/v1/requests', { subjectId: word(), kind: word(), channel: word(), statement: { [typed()]: 1 } }],
    ['/v1/requests', { subjectId: randomUUID(), kind: 'objection', channel: 'letter', statement: word() }],
    ['/v1/people/search', { cpr: word() }],
    ['/v1/people/search', { [typed()]: `${CPR}999` }],
    ['/v1/cases/search', { client: word(), reference: word() }],
    [
      `${at}/payments`,
      {
        payment_date: word(),
        payment_amount: word(),
        currency: word(),
        voucher_number: '4571 0000 0000 0001',
        payer_name: word(),
      },
    ],
    [
      `${at}/demands`,
      {
        authorityId: parties['authorities'],
        reference: word(),
        legalBasis: `${word()} 010165-9995`,
        fields: [word()],
        demandedOn: '2026-11-20',
        validUntil: '2026-11-21',
      },
    ],
    [`${at}/disclosures`, { recipient: { kind: word() }, fields: [word()] }],
    [`${at}/close`, { reason: word() }],
    ['/v1/clients', { name: `${word()} 010165-9995` }],
  ]
  for (const [path, body] of bodies) await refusedQuietly(await ask(server, key, 'POST', path, body), path)
  for (const text of [`{"name":"${word()}`, word(), `["${word()}"]`, `{"${typed()}":{"__proto__":1}}`]) {
    const answer = await fetch(`${server.address}/v1/collections`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'idempotency-key': word() },
      body: text,
    })
    await refusedQuietly({ status: answer.status, text: await answer.text() }, text.slice(0, 1))
  }
  for (const path of [
    `/v1/requests/${word()}`,
    `/v1/people/${word()}/consents`,
    `/v1/cases/${word()}`,
    `/v1/imports/${word()}`,
    `/${word()}`,
    `/v1/notices?after=${word()}`,
  ])
    await refusedQuietly(await ask(server, key, 'GET', path), path)
  await refusedQuietly(await ask(server, `ind_${word()}`, 'GET', '/v1/api-keys'), 'a key')
  for (const [args, input] of [
    [['payment', 'add', byMail.caseId], `{"payer_name": "${word()}"`],
    [['payment', 'add', byMail.caseId], JSON.stringify({ [typed()]: word() })],
    [['person', 'find'], `${word()}\n`],
    [['access'], `${word()}\n`],
  ] as const) {
    const done = await house.cli(args, input)
    assert.ok(done.code === 1 || done.code === 2, `${args.join(' ')}: ${done.code} ${done.out}`)
    refusals.push(done.out)
  }
})

async function refusedQuietly(answer: { status: number; text: string }, what: string): Promise<void> {
  assert.ok(answer.status >= 400 && answer.status < 500, `${what}: ${answer.status} ${answer.text}`)
  refusals.push(answer.text)
}

test('killed while it reads a file, and started again', async () => {
  const lines = Array.from(
    { length: 1_500 },
    () => `R-${word()};${word()};;;${word()} 1;;2500;Valby;;;;100,00;;;;;;;${word()};${word()}`,
  )
  const begun = await ask(server, key, 'POST', `/v1/imports?client=${encodeURIComponent(CLIENT)}`, file(...lines))
  assert.equal(begun.status, 202, begun.text)
  await pause(150)
  await server.end('SIGKILL')
  server = await house.serve()
  assert.equal((await house.cli(['verify'])).code, 0)
})

/** All that is looked for. */
function needles(): Needle[] {
  return [...formsOf(SIGN), ...formsOf(CPR), ...formsOf('010165-0'), ...[...new Set(numbers)].flatMap(formsOfNumber)]
}

/** The text of every row of every table that is not the database's own, and what it keeps about their contents. */
async function searchTables(wanted: readonly Needle[]): Promise<Hit[]> {
  const tables = await house.owner(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname !~ '^(pg_|information_schema)'`,
  )
  assert.ok(tables.length > 30)
  const places = [
    ...tables.map(it => String(it['name'])),
    'pg_stats',
    'pg_stat_activity',
    'pg_description',
    'pg_settings',
  ]
  const hits: Hit[] = []
  for (const place of places) {
    const rows = await house.owner(`select row_to_json(t)::text as line from ${place} t`)
    hits.push(...search(Buffer.from(rows.map(it => it['line']).join('\n')), wanted, place))
  }
  return hits
}

test('a marker planted in clear is found in its table, in the files of the database and in its log ahead', async () => {
  const value = `${CONTROL}${'a'.repeat(8)}`
  await house.owner('create table public.control (text text, bytes bytea)')
  await house.owner('insert into public.control values ($1, $2)', [value, Buffer.from(value)])
  await house.owner('checkpoint')
  const wanted = formsOf(CONTROL)
  const places = searchFolder(join(house.data, 'pg'), wanted).map(it => it.place)
  assert.ok(places.some(it => it.includes('pg_wal')) && places.some(it => it.includes('/base/')), places.join())
  const inTable = (await searchTables(wanted)).filter(it => it.place === 'public.control').map(it => it.needle)
  assert.deepEqual(inTable, [`${CONTROL} (plain)`, `${CONTROL} (hex)`])
  await house.owner('drop table public.control')
})

test('nothing of all that lies in clear: in no table, ledger, queue, file, log, answer or message', async () => {
  await house.owner('analyze')
  await house.owner('checkpoint')
  const wanted = needles()
  const repeating = [house.spoken(), ...refusals].flatMap(text => search(Buffer.from(text), wanted, text.slice(0, 400)))
  assert.deepEqual(repeating, [])
  // Who has the tables can try every number there is, so no bare hash of one may lie there.
  const guesses = [...planted]
    .filter(([place]) => /\.(cpr|email|phone|reference)$/.test(place))
    .map(([, value]) => value)
  const hashes = guesses.flatMap(it => [it, it.toUpperCase(), `+45${it}`]).flatMap(hashesOf)
  assert.deepEqual(await searchTables([...wanted, ...hashes]), [])
  await house.rest()
  const letters = join(house.data, 'dispatch', 'letters')
  for (const folder of [house.data, `${house.data}.keys`, house.temporary])
    assert.deepEqual(searchFolder(folder, wanted, [letters]), [])
})
