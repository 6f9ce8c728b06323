/**
 * The house the attackers of the promises walk into: one real database with the shipped policy, and every door to it.
 * The API through the application, the command line spawned as people run it, files through the import, plain SQL as
 * each role, and a world closed and opened again. Everybody in it is invented.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { createApp } from '../../src/app.ts'
import * as identity from '../../src/identity/identity.ts'
import * as ledger from '../../src/ledger/ledger.ts'
import { openWorld, type Opened } from '../../src/open.ts'
import { readRoles, SURFACES, type Surface } from '../../src/platform/credentials.ts'
import { act, type World } from '../../src/platform/world.ts'
import { openKit, ROOT, type Kit } from '../kit.ts'

export type Answer = {
  readonly status: number
  readonly text: string
  /** The parsed document; an empty one when there is none. */
  readonly body: Json
}
// A document whose shape each test says by how it uses it.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Json = { readonly [name: string]: any }
/** Who asks: a role, a client by the id of its party, or the server of a site by its host. */
export type Who =
  'admin' | 'officer' | 'caseWorker' | 'auditor' | { readonly client: string } | { readonly site: string }
export type Asking = { readonly headers?: Record<string, string>; readonly type?: string }
export type Ran = { readonly code: number | null; readonly out: string; readonly err: string; readonly body: Json }

export type House = {
  readonly kit: Kit
  /** The age identity to which every package in this house is encrypted, and its public half. */
  readonly age: { readonly identity: string; readonly recipient: string }
  /** One call of the API: `ask('admin', 'POST /v1/requests', {…})`. */
  ask(who: Who, call: string, body?: unknown, how?: Asking): Promise<Answer>
  /** The same, and it must be this status; gives the document. */
  must(status: number, who: Who, call: string, body?: unknown, how?: Asking): Promise<Json>
  /** Runs `./indsigt … --format json` on this very database, with text on its standard input. */
  cli(args: readonly string[], input?: string): Promise<Ran>
  /** A file of a client through the import, to its end. Gives the report. */
  deliver(client: string, csv: string): Promise<Json>
  key(who: Who): Promise<string>
  /** The house as it is after a restart: another world on the same database, keys and folders. */
  reopen(): Promise<Opened>
  /** `ask` on another world, such as a reopened one. */
  askOn(world: World, who: Who, call: string, body?: unknown): Promise<Answer>
  close(): Promise<void>
}

/** Keys of one role, taken in turn, so that the limit of calls a second is not what a test measures. */
const KEYS_EACH = 4

/** Opens a house. Close it in `after`. */
export async function openHouse({ keysEach = KEYS_EACH }: { readonly keysEach?: number } = {}): Promise<House> {
  const kit = await openKit()
  await closeDatabase(kit)
  const secret = await generateX25519Identity()
  const age = { identity: secret, recipient: await identityToRecipient(secret) }
  const app = createApp(kit.world, { version: '0' })
  // As people have it: the keys beside the data folder and not in it.
  const keyFolder = `${kit.folder}.keys`
  cpSync(join(kit.folder, 'keys'), keyFolder, { recursive: true })
  const env = {
    ...process.env,
    LANG: 'en_GB.UTF-8',
    LC_ALL: '',
    DATABASE_URL: `postgres://localhost/${kit.database}?host=${encodeURIComponent(kit.cluster.host)}&port=${kit.cluster.port}`,
    INDSIGT_DATA: kit.folder,
    INDSIGT_KEYS: keyFolder,
  }
  const keys = keyring(kit, keysEach)
  const opened: Opened[] = []
  const ask: House['ask'] = async (who, call, body, how) =>
    answered(await app.request(...(await asked(keys, who, call, body, how))))
  const must: House['must'] = async (status, who, call, body, how) => {
    const answer = await ask(who, call, body, how)
    assert.equal(answer.status, status, `${call}: ${answer.text}`)
    return answer.body
  }
  return {
    kit,
    age,
    ask,
    must,
    key: keys,
    cli: (args, input = '') => run(env, args, input),
    deliver: (client, csv) => deliver(must, client, csv),
    reopen: async () => {
      const again = await openWorld({ env, cwd: kit.folder, log: () => undefined })
      opened.push(again)
      return again
    },
    askOn: async (world, who, call, body) =>
      answered(await createApp(world, { version: '0' }).request(...(await asked(keys, who, call, body)))),
    close: async () => {
      for (const it of opened) await it.close()
      rmSync(keyFolder, { recursive: true, force: true })
      await kit.close()
    },
  }
}

/** A copied database does not inherit who may enter it and make temporary tables; elsewhere `migrate` sees to it. */
async function closeDatabase(kit: Kit): Promise<void> {
  const roles = Object.values(readRoles(kit.world.stateFolder)).map(role => role.name)
  await kit.owner(`revoke all on database ${kit.database} from public`)
  await kit.owner(`grant connect on database ${kit.database} to ${roles.join()}`)
}

function keyring(kit: Kit, keysEach: number): (who: Who) => Promise<string> {
  const rings = new Map<string, { keys: Promise<string>[]; next: number }>()
  const make = async (who: Who): Promise<string> => {
    return (await act(kit.world, kit.actor('admin'), ctx => identity.createKey(ctx, wishOf(who)))).key
  }
  return who => {
    const name = nameOf(who)
    const ring = rings.get(name) ?? { keys: Array.from({ length: keysEach }, () => make(who)), next: 0 }
    rings.set(name, ring)
    ring.next = (ring.next + 1) % keysEach
    return ring.keys[ring.next] as Promise<string>
  }
}

function wishOf(who: Who): identity.NewKey {
  if (typeof who === 'string') return { role: who }
  return 'site' in who ? { role: 'site', site: who.site } : { role: 'client', partyId: who.client }
}

function nameOf(who: Who): string {
  if (typeof who === 'string') return who
  return 'site' in who ? who.site : who.client
}

async function asked(
  keys: (who: Who) => Promise<string>,
  ...[who, call, body, how = {}]: Parameters<House['ask']>
): Promise<[string, RequestInit]> {
  const [method = '', path = ''] = call.split(' ')
  const isRaw = body === undefined || typeof body === 'string' || body instanceof Uint8Array
  const content = isRaw ? (body as RequestInit['body']) : JSON.stringify(body)
  const headers = {
    authorization: `Bearer ${await keys(who)}`,
    'accept-language': 'en',
    ...(content !== undefined && { 'content-type': how.type ?? 'application/json' }),
    ...how.headers,
  }
  return [path, { method, headers, ...(content !== undefined && { body: content }) }]
}

async function answered(response: Response): Promise<Answer> {
  const text = Buffer.from(await response.arrayBuffer()).toString('utf8')
  const isJson = response.headers.get('content-type')?.includes('json') === true
  return { status: response.status, text, body: (isJson ? JSON.parse(text) : {}) as Json }
}

async function deliver(must: House['must'], client: string, csv: string): Promise<Json> {
  const how = { type: 'text/csv' }
  const { importId } = await must(202, 'admin', `POST /v1/imports?client=${encodeURIComponent(client)}`, csv, how)
  for (let tries = 0; tries < 200; tries += 1) {
    const report = await must(200, 'admin', `GET /v1/imports/${String(importId)}`)
    if (report['state'] === 'finished') return report
    await new Promise(resolve => setTimeout(resolve, 25))
  }
  assert.fail('the import did not finish')
}

function run(env: NodeJS.ProcessEnv, args: readonly string[], input: string): Promise<Ran> {
  const child = spawn(process.execPath, [join(ROOT, 'indsigt'), ...args, '--format', 'json'], { env, cwd: ROOT })
  const said = { out: '', err: '' }
  child.stdout.on('data', (chunk: Buffer) => (said.out += chunk.toString('utf8')))
  child.stderr.on('data', (chunk: Buffer) => (said.err += chunk.toString('utf8')))
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  return new Promise(resolve =>
    child.once('close', code =>
      resolve({ code, ...said, body: said.out.startsWith('{') ? (JSON.parse(said.out) as Json) : {} }),
    ),
  )
}

/** Asserts that a promise fails with this SQLSTATE and, when named, this constraint. */
export async function refusedBy(attack: Promise<unknown>, code: string, constraint?: string): Promise<void> {
  const error = await attack.then(
    () => null,
    (it: unknown) => it as { code?: string; constraint?: string },
  )
  assert.ok(error, `the database took what ${constraint ?? code} should refuse`)
  assert.deepEqual(
    [error.code, constraint && error.constraint],
    [code, constraint],
    `refused with ${error.code ?? 'no code'}`,
  )
}

/** Tries a statement as every role of the application; each must be refused with this SQLSTATE. */
export async function noRoleMay(
  kit: Kit,
  statement: string,
  code = '42501',
  roles: readonly Surface[] = SURFACES,
): Promise<void> {
  for (const role of roles) {
    const error = await kit.as(role, statement).then(
      () => null,
      (it: unknown) => it as { code?: string },
    )
    assert.equal(error?.code, code, `${role}: ${statement}`)
  }
}

/** Gives what was appended to the ledger its place, as the server does by itself. */
export const integrate = (world: World): Promise<unknown> => ledger.openIntegrator(world)()

/** A CSV file of a client from rows of cells, header first. */
export function csvOf(rows: readonly { readonly [column: string]: string }[]): string {
  const columns = [...new Set(rows.flatMap(row => Object.keys(row)))]
  return [columns, ...rows.map(row => columns.map(name => row[name] ?? ''))].map(row => `${row.join(';')}\r\n`).join('')
}

let born = 0
/** A made-up CPR number, each another: serial 9xxx, so nobody's. */
export function nextCpr(): string {
  born += 1
  const day = String(2 + (born % 26)).padStart(2, '0')
  const month = String(2 + (Math.floor(born / 26) % 11)).padStart(2, '0')
  return `${day}${month}72${String(9000 + born)}`
}
