/**
 * Killed without warning: `kill -9` of the server in the middle of an import and of API writes, and of the database
 * under both. What was acknowledged is there, nothing is half done, and it goes on where it stopped.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { ask, openInstallation, type Installation, type Server } from './installation.ts'

const ROWS = 6_000
const CLIENT = 'Strandby Energi'

let house: Installation
let server: Server
let key: string
/** Records whose taking in was answered with 201. */
const acknowledged: string[] = []

before(async () => {
  house = openInstallation('kill')
  server = await house.serve()
  key = server.key ?? ''
  const made = await ask(server, key, 'POST', '/v1/clients', { name: CLIENT })
  assert.equal(made.status, 201, made.text)
})
after(() => house.close())

/** Ten thousand different persons at most, each with a CPR number of the kind that has no modulus 11. */
function portfolio(): string {
  const lines = ['Sagsnr;Navn;CPR;Adresse;Postnr;By;Hovedstol;Forfaldsdato']
  for (let at = 0; at < ROWS; at += 1) {
    const year = String(50 + Math.floor(at / 1_000)).padStart(2, '0')
    lines.push(
      `K-${at};Asta Prøve;0101${year}0${String(at % 1_000).padStart(3, '0')};Vej ${at};2500;Valby;100,00;01-03-2026`,
    )
  }
  return `${lines.join('\r\n')}\r\n`
}

/** Takes forms in until the line breaks, and notes each that was answered. */
async function write(isOver: () => boolean): Promise<void> {
  const form = { site: 'www.intrum.dk', category: 'web_contact', values: { name: 'Klara Prøve' }, language: 'da' }
  while (!isOver()) {
    const notice = { version: 1, shownAt: new Date(Date.now() - 1).toISOString() }
    const answer = await ask(server, key, 'POST', '/v1/collections', { ...form, notice }).catch(() => null)
    if (answer?.status === 201) acknowledged.push(String(answer.body['recordId']))
    if (answer === null) await pause(50)
  }
}

const import_ = () => ask(server, key, 'POST', `/v1/imports?client=${encodeURIComponent(CLIENT)}`, portfolio())

async function reportOf(importId: string): Promise<{ state: string; rows: number; created: number }> {
  return (await ask(server, key, 'GET', `/v1/imports/${importId}`)).body as {
    state: string
    rows: number
    created: number
  }
}

/** Waits until the import has taken some rows but not all. */
async function inTheMiddle(importId: string, least = 1): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    const { state, rows } = await reportOf(importId)
    assert.notEqual(state, 'finished', 'the import was over before anything could be killed')
    if (rows >= least) return
    await pause(10)
  }
  assert.fail('the import did not begin')
}

/** Nothing half done: what belongs together is there together, whatever moment it was. */
async function requireWhole(): Promise<void> {
  const [row] = await house.owner(`select
    (select count(*)::int from work.relationship where kind = 'debtCase') as cases,
    (select coalesce(sum(created), 0)::int from intake.batch) as counted,
    (select count(*)::int from notices.notice where relationship_id is not null and kind = 'collection') as notices,
    (select count(*)::int from subjects.subject s
      where not exists (select from subjects.opening o where o.subject_id = s.subject_id)) as unlogged,
    (select count(*)::int from subjects.subject s
      where not exists (select from subjects.record r where r.subject_id = s.subject_id)) as empty,
    (select count(*)::int from work.relationship w where kind = 'debtCase' and
      (select count(distinct r.category) from subjects.record r
      where r.relationship_id = w.relationship_id) <> 3) as partial`)
  const { cases, counted, notices, ...faults } = row as { [name: string]: number }
  assert.deepEqual(faults, { unlogged: 0, empty: 0, partial: 0 })
  assert.deepEqual([counted, notices], [cases, cases])
  const found = await house.owner(
    'select count(*)::int as n from subjects.record where record_id = any($1::uuid[]) and erased_at is null',
    [acknowledged],
  )
  assert.equal(found[0]?.['n'], acknowledged.length, 'an acknowledged write is lost')
}

async function requireVerified(): Promise<void> {
  const verified = await house.cli(['verify'])
  assert.equal(verified.code, 0, verified.out + verified.err)
}

test(
  'killed in the middle of an import and of writes, the server loses nothing it had acknowledged',
  { timeout: 60_000 },
  async () => {
    const begun = await import_()
    assert.equal(begun.status, 202, begun.text)
    let isOver = false
    const writers = [1, 2].map(() => write(() => isOver))
    await inTheMiddle(String(begun.body['importId']))
    while (acknowledged.length < 5) await pause(5)
    isOver = true
    await server.end('SIGKILL')
    await Promise.all(writers)
    await requireWhole()
    server = await house.serve()
    assert.equal(server.key, null, 'the key of the first start is not made again')
    await requireWhole()
    await requireVerified()
  },
)

test(
  'with the database killed too, in the middle of the same import, the server finds it again by itself',
  { timeout: 60_000 },
  async () => {
    const begun = await import_()
    assert.equal(begun.status, 202, begun.text)
    const { rows } = await reportOf(String(begun.body['importId']))
    let isOver = false
    const writers = [1, 2].map(() => write(() => isOver))
    await inTheMiddle(String(begun.body['importId']), rows + 1)
    const before = acknowledged.length
    process.kill(house.postmaster(), 'SIGKILL')
    for (let tries = 0; tries < 600 && acknowledged.length < before + 10; tries += 1) await pause(50)
    isOver = true
    await Promise.all(writers)
    assert.ok(acknowledged.length >= before + 10, 'the server did not go on after its database came back')
    await requireWhole()
  },
)

test('the same file again ends exactly as an undisturbed import would have ended', { timeout: 60_000 }, async () => {
  for (let tries = 0; tries < 300; tries += 1) {
    const answer = await import_()
    if (answer.status === 202) {
      const { state, rows, created } = await reportOf(String(answer.body['importId']))
      if (state === 'finished') {
        assert.deepEqual([rows, created], [ROWS, ROWS])
        break
      }
    } else assert.equal(answer.status, 409, answer.text)
    assert.ok(tries < 299, 'the import did not end')
    await pause(100)
  }
  const [row] = await house.owner(
    `select count(*)::int as cases, count(distinct subject_id)::int as persons
     from work.relationship where kind = 'debtCase'`,
  )
  assert.deepEqual(row, { cases: ROWS, persons: ROWS })
  await requireWhole()
  await requireVerified()
})

test(
  'server and database killed together at rest start again with everything in its place',
  { timeout: 60_000 },
  async () => {
    process.kill(house.postmaster(), 'SIGKILL')
    await server.end('SIGKILL')
    server = await house.serve()
    await requireWhole()
    await requireVerified()
  },
)
