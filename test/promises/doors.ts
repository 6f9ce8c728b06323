/** Every door of one installation, side by side: the API, the command line, files, plain SQL, and a fresh start. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { createApp } from '../../src/app.ts'
import * as identity from '../../src/identity/identity.ts'
import { openWorld } from '../../src/open.ts'
import { act, type Ctx, type World } from '../../src/platform/world.ts'
import { ROOT, openKit, type Kit } from '../kit.ts'

export type Body = { readonly [name: string]: unknown }
export type Answer = { readonly status: number; readonly body: Body; readonly text: string }
export type Done = { readonly code: number | null; readonly out: string; readonly err: string; readonly body: Body }
export type As = identity.KeyRole | { readonly key: string }

export type Doors = {
  readonly kit: Kit
  /** Secret of the age key that every party made here has. */
  readonly ageIdentity: string
  /** One call of the API, as a role or with a key. */
  call(method: string, path: string, body?: unknown, as?: As): Promise<Answer>
  /** The same with bytes of another type than JSON. */
  send(path: string, bytes: Uint8Array | string, type: string, as?: As): Promise<Answer>
  page(path: string): Promise<string>
  /** `./indsigt …` as a process of its own on the same database, with `--format json`. */
  cli(args: readonly string[], input?: string): Promise<Done>
  /** A file for the command line to read; returns its path. */
  file(name: string, content: string | Uint8Array): string
  /** A portfolio delivered by the API and read to its end. */
  deliver(client: string, csv: string | Uint8Array, as?: As): Promise<Body>
  party(kind: 'clients' | 'lawyers' | 'authorities', name: string): Promise<string>
  keyFor(role: identity.KeyRole, partyId?: string): Promise<{ key: string }>
  act<T>(work: (ctx: Ctx) => Promise<T>): Promise<T>
  /** A world built anew on the same database, keys and folder: what a restart leaves. */
  afterRestart<T>(work: (world: World) => Promise<T>): Promise<T>
  close(): Promise<void>
}

export async function openDoors(): Promise<Doors> {
  const kit = await openKit()
  const app = createApp(kit.world, { version: '0' })
  // As `migrate` leaves a database; what is made from a template has everybody's rights again.
  await kit.owner(`revoke all on database ${kit.database} from public`)
  const logins = SURFACES.map(surface => `indsigt_${surface}`).join()
  await kit.owner(`grant connect on database ${kit.database} to ${logins}`)
  const ageIdentity = await generateX25519Identity()
  const ageRecipient = await identityToRecipient(ageIdentity)
  const data = foldersFor(kit)
  const { host, port } = kit.cluster
  const DATABASE_URL = `postgres://localhost/${kit.database}?host=${encodeURIComponent(host)}&port=${port}`
  const env = { LANG: 'en', LC_ALL: '', INDSIGT_DATA: data, INDSIGT_KEYS: join(kit.folder, 'keys'), DATABASE_URL }
  const keys = new Map<string, string>()
  const keyFor = async (role: identity.KeyRole, partyId?: string) => {
    const { key } = await act(kit.world, kit.actor('admin'), ctx =>
      identity.createKey(ctx, { role, ...(partyId && { partyId }) }),
    )
    return { key }
  }
  const bearer = async (as: As) => {
    if (typeof as !== 'string') return as.key
    const known = keys.get(as) ?? (await keyFor(as)).key
    keys.set(as, known)
    return known
  }
  const request = async (
    method: string,
    path: string,
    as: As,
    content?: { type: string; body: Uint8Array | string },
  ) => {
    const answer = await app.request(path, {
      method,
      headers: {
        authorization: `Bearer ${await bearer(as)}`,
        'accept-language': 'en',
        ...(content && { 'content-type': content.type }),
      },
      ...(content && { body: content.body as string }),
    })
    const text = await answer.text()
    return { status: answer.status, text, body: parsed(text) }
  }
  const doors: Doors = {
    kit,
    ageIdentity,
    call: (method, path, body, as = 'admin') =>
      request(
        method,
        path,
        as,
        body === undefined ? undefined : { type: 'application/json', body: JSON.stringify(body) },
      ),
    send: (path, body, type, as = 'admin') => request('POST', path, as, { type, body }),
    page: async path => (await app.request(path, { headers: { accept: 'text/html' } })).text(),
    cli: (args, input = '') => run([...args, '--format', 'json'], input, env),
    file: (name, content) => {
      const path = join(kit.folder, name)
      writeFileSync(path, content)
      return path
    },
    deliver: async (client, csv, as = 'admin') => {
      const path = as === 'admin' ? `/v1/imports?client=${encodeURIComponent(client)}` : '/v1/imports'
      let begun = await doors.send(path, csv, 'text/csv', as)
      // One import of a client at a time: whoever comes meanwhile is told to wait.
      for (let tries = 0; tries < 100 && problemOf(begun).code === 'intake.running'; tries += 1) {
        await pause(50)
        begun = await doors.send(path, csv, 'text/csv', as)
      }
      assert.equal(begun.status, 202, begun.text)
      for (let tries = 0; tries < 400; tries += 1) {
        const { body } = await doors.call('GET', `/v1/imports/${String(begun.body['importId'])}`)
        if (body['state'] === 'finished') return body
        await pause(25)
      }
      assert.fail('the import did not end')
    },
    party: async (kind, name) => {
      const made = await doors.call('POST', `/v1/${kind}`, { name, ageRecipient })
      assert.equal(made.status, 201, made.text)
      return String(made.body['partyId'])
    },
    keyFor,
    act: work => act(kit.world, kit.actor('admin'), work),
    afterRestart: async work => {
      const opened = await openWorld({ data, keys: env.INDSIGT_KEYS, env, cwd: kit.folder, log: () => undefined })
      try {
        return await work(opened.world)
      } finally {
        await opened.close()
      }
    },
    close: () => kit.close(),
  }
  return doors
}

/** The layout that the program wants, on the kit's own folders: the keys are never inside the data. */
function foldersFor(kit: Kit): string {
  const data = join(kit.folder, 'data')
  mkdirSync(data, { mode: 0o700 })
  symlinkSync(kit.world.stateFolder, join(data, 'state'))
  symlinkSync(kit.world.dispatchFolder, join(data, 'dispatch'))
  return data
}

function run(args: readonly string[], input: string, env: NodeJS.ProcessEnv): Promise<Done> {
  const child = spawn(process.execPath, [join(ROOT, 'src/cli.ts'), ...args], {
    cwd: String(env['INDSIGT_DATA']),
    env: { ...process.env, ...env },
  })
  const said = { out: '', err: '' }
  child.stdout.on('data', (chunk: Buffer) => (said.out += chunk.toString('utf8')))
  child.stderr.on('data', (chunk: Buffer) => (said.err += chunk.toString('utf8')))
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  return new Promise(resolve => child.once('close', code => resolve({ code, ...said, body: parsed(said.out) })))
}

function parsed(text: string): Body {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? { list: value } : (value as Body)
  } catch {
    return {}
  }
}

/** The refusal that an answer of the API or the command line carries. */
export function problemOf({ body }: Answer | Done): { code: string; rule: string; clause: string; faults: Fault[] } {
  const problem = (body['problem'] ?? body) as Body
  const { code = '', rule = '', clause = '', faults = [] } = problem
  return { code: String(code), rule: String(rule), clause: String(clause), faults: faults as Fault[] }
}
export type Fault = { readonly field: string; readonly code: string; readonly clause?: string }

/** Asserts that the answer is a refusal which names this clause, itself or in a fault. */
export function assertRefusedBy(clause: string, answer: Answer | Done, note = ''): void {
  const problem = problemOf(answer)
  const isRefused = 'status' in answer ? answer.status >= 400 && answer.status < 500 : answer.code === 1
  const said = JSON.stringify(answer.body)
  assert.ok(isRefused, `${note}: taken instead of refused: ${said}`)
  assert.ok(problem.clause === clause || problem.faults.some(it => it.clause === clause), `${note}: ${said}`)
}

/** For `assert.rejects`: a database error with this state and, when given, this constraint. */
export function sqlState(code: string, constraint?: string) {
  return (error: unknown): true => {
    const found = error as { code?: string; constraint?: string; message?: string }
    assert.deepEqual([found.code, constraint && found.constraint], [code, constraint], found.message)
    return true
  }
}

/** The roles that the application logs in as. */
export const SURFACES = ['api', 'worker', 'import', 'integrator', 'public'] as const

/** Asserts that none of the application's roles may run the statement at all. */
export async function assertForbidden(
  kit: Kit,
  text: string,
  surfaces: readonly (typeof SURFACES)[number][] = SURFACES,
) {
  for (const surface of surfaces) await assert.rejects(kit.as(surface, text), sqlState('42501'), `${surface}: ${text}`)
}

/** What a form on one of our sites sends. */
export function form(kit: Kit, more: Body = {}): Body {
  return {
    site: 'www.intrum.dk',
    category: 'web_contact',
    values: { name: 'Klara Prøve', email: 'klara@example.dk', phone: '20 12 34 56' },
    language: 'da',
    notice: { version: kit.world.rules?.version, shownAt: new Date(Date.now() - 1).toISOString() },
    ...more,
  }
}

/** Takes the form in by the API and returns what came of it. */
export async function collected(doors: Doors, more: Body = {}) {
  const answer = await doors.call('POST', '/v1/collections', form(doors.kit, more))
  assert.equal(answer.status, 201, answer.text)
  return answer.body as {
    subjectId: string
    relationshipId: string
    recordId: string
    noticeId: string
    eraseBy: string
  }
}

export type Column = { readonly [column: string]: string }

/**
 * A copy of a record under a new id, with some columns said otherwise (SQL text). The bytes are the other's, so it
 * says nothing, but the database cannot know that: it is what somebody with SQL alone would write.
 */
export function copyOf(recordId: string, changes: Column): string {
  const columns = {
    subject_id: 'subject_id',
    record_id: 'gen_random_uuid()',
    relationship_id: 'relationship_id',
    category: 'category',
    is_accounting: 'is_accounting',
    source: 'source',
    host: 'host',
    purpose: 'purpose',
    policy_version: 'policy_version',
    collected_at: 'collected_at',
    erase_by: 'erase_by',
    notice_id: 'notice_id',
    consent_id: 'consent_id',
    import_id: 'import_id',
    voucher_id: 'voucher_id',
    key_generation: 'key_generation',
    wrapped_key: 'wrapped_key',
    ciphertext: 'ciphertext',
    ...changes,
  }
  return `insert into subjects.record (${Object.keys(columns).join()})
    select ${Object.values(columns).join()} from subjects.record where record_id = '${recordId}'`
}

/** How many persons, records, notices and ledger entries there are: the same before and after an attack that fails. */
export async function stock(kit: Kit): Promise<string> {
  const [row] = await kit.owner(`select (select count(*) from subjects.subject) as subjects,
    (select count(*) from subjects.record) as records,
    (select count(*) from subjects.record where erased_at is null) as alive,
    (select count(*) from work.relationship) as relationships, (select count(*) from notices.notice) as notices,
    (select count(*) from disclosure.disclosure) as disclosures, (select count(*) from consents.event) as consents`)
  return JSON.stringify(row)
}

/** One row of a table by its id. */
export async function rowOf(kit: Kit, recordId: string): Promise<Record<string, unknown>> {
  const [row] = await kit.owner('select * from subjects.record where record_id = $1', [recordId])
  assert.ok(row)
  return row
}

/** A portfolio with the usual columns. */
export const csv = (...lines: readonly string[]) => `${HEADER}\r\n${lines.join('\r\n')}\r\n`
const HEADER = 'Sagsnr;Navn;CPR;Adresse;Postnr;By;Email;Hovedstol;Forfaldsdato;Tekst;Note;Status'

/** One good row: reference, name, CPR number and what differs. */
export function debtorLine(reference: string, more: { readonly [column: string]: string } = {}): string {
  const {
    name = 'Asta Prøvebjerg',
    cpr = '0101659995',
    address = 'Prøvevej 12',
    email = '',
    amount = '2.340,50',
  } = more
  const { due = '01-03-2026', text = 'Strøm', note = '', status = '' } = more
  return [reference, name, cpr, address, '2500', 'Valby', email, amount, due, text, note, status].join(';')
}

/** A debt case by the API: the person, the case and its records. */
export async function debtCase(doors: Doors, client: string, line: Column & { reference?: string } = {}) {
  const reference = line.reference ?? `R-${randomUUID().slice(0, 8)}`
  const done = await doors.deliver(client, csv(debtorLine(reference, line)))
  assert.equal(done['created'], 1, JSON.stringify(done))
  const found = await doors.call('POST', '/v1/cases/search', { client, reference })
  const caseId = String(found.body['caseId'])
  const [row] = await doors.kit.owner('select subject_id from work.relationship where relationship_id = $1', [caseId])
  return { caseId, subjectId: String(row?.['subject_id']), reference }
}
