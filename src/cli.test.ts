/**
 * The program as people run it: started on an empty folder, killed, started again, with the command
 * line beside it and alone. Every step runs ./indsigt itself.
 */
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { openDataFolder } from './platform/data-folder.ts'
import { start } from './platform/postgres/postgres.ts'
import { ROOT } from '../test/kit.ts'

const running = new Set<ChildProcess>()
const stopping: (() => unknown)[] = []
let root: string
let data: string

before(() => {
  root = mkdtempSync(join(tmpdir(), 'indsigt-cli-'))
  // Started by root, the database runs as another account, which must be able to pass.
  chmodSync(root, 0o755)
  data = join(root, 'data')
})
after(async () => {
  for (const child of running) await killed(child, 'SIGTERM')
  for (const stop of stopping) await stop()
  rmSync(root, { recursive: true, force: true })
})

type Done = { code: number | null; out: string; err: string }

function begin(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [join(ROOT, 'src/cli.ts'), ...args], {
    cwd: root,
    env: {
      ...process.env,
      LANG: 'en',
      LC_ALL: '',
      PORT: '',
      INDSIGT_DATA: data,
      INDSIGT_LEDGER_BEAT_SECONDS: '0.2',
      ...env,
    },
  })
  running.add(child)
  const said = { out: '', err: '' }
  child.stdout.on('data', (chunk: Buffer) => (said.out += chunk.toString('utf8')))
  child.stderr.on('data', (chunk: Buffer) => (said.err += chunk.toString('utf8')))
  const done = new Promise<Done>(resolve =>
    child.once('close', code => {
      running.delete(child)
      resolve({ code, ...said })
    }),
  )
  return { child, said, done }
}

/** Runs a command to its end. */
function indsigt(args: readonly string[], { env = {}, input = '' }: { env?: NodeJS.ProcessEnv; input?: string } = {}) {
  const { child, done } = begin(args, env)
  child.stdin.end(input)
  return done
}

/** Starts the server and waits for its JSON document. */
async function serve(args: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
  const server = begin(['serve', '--format', 'json', '--port', '0', ...args], env)
  for (let tries = 0; tries < 1200 && server.child.exitCode === null; tries += 1) {
    if (server.said.out.trimEnd().endsWith('}')) return { ...server, ...(JSON.parse(server.said.out) as Screen) }
    await sleep(50)
  }
  assert.fail(`the server did not start: ${server.said.out}${server.said.err}`)
}

type Screen = {
  address: string
  key: string | null
  demo: { client: string; partyId: string; keyFile: string } | null
  policy: { adopted: boolean; sha256: string }
}

async function killed(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  const gone = new Promise<number | null>(resolve => child.once('close', resolve))
  child.kill(signal)
  return gone
}

async function json(
  args: readonly string[],
  input = '',
): Promise<{ code: number | null; body: Record<string, unknown> }> {
  const { code, out, err } = await indsigt([...args, '--format', 'json'], { input })
  try {
    return { code, body: JSON.parse(out) as Record<string, unknown> }
  } catch {
    assert.fail(`not one JSON document: ${out} ${err}`)
  }
}

const ask = (address: string, path: string, key: string) =>
  fetch(`${address}${path}`, { headers: { authorization: `Bearer ${key}` } })

let key: string

test(
  'the first start adopts the policy, shows the key once, and everything it links to is there',
  { timeout: 120_000 },
  async () => {
    const first = await serve(['--demo'])
    assert.equal(first.policy.adopted, true)
    assert.match(first.policy.sha256, /^[0-9a-f]{64}$/)
    assert.match(first.key ?? '', /^ind_[A-Za-z0-9_-]{43}$/)
    key = first.key ?? ''
    for (const path of ['/', '/en', '/policy', '/promises', '/openapi.json', '/healthz']) {
      assert.equal((await fetch(`${first.address}${path}`)).status, 200, path)
    }
    assert.equal((await ask(first.address, '/v1/api-keys', key)).status, 200)
    assert.equal(statSync(first.demo?.keyFile ?? '').mode & 0o777, 0o600)
    assert.ok(!first.said.err.includes(key), 'the log does not know the key')
    const cases = await json(['case', 'list', '--client', first.demo?.client ?? ''])
    assert.ok(JSON.stringify(cases.body).length > 1000, 'the sample portfolio is there')
    assert.equal(await killed(first.child, 'SIGKILL'), null)
  },
)

test(
  'killed and started again everything is still there, and the key is not shown again',
  { timeout: 120_000 },
  async () => {
    const again = await serve(['--demo'])
    assert.equal(again.key, null)
    assert.equal(again.demo, null, 'the sample is for an empty database alone')
    assert.equal(again.policy.adopted, false)
    assert.equal((await ask(again.address, '/v1/api-keys', key)).status, 200)
    const beside = await json(['client', 'list'])
    assert.equal(beside.code, 0)
    const made = await json(['api-key', 'create', '--role', 'auditor', '--days', '7'])
    assert.equal((await ask(again.address, '/v1/api-keys', String(made.body['key']))).status, 403)
    assert.equal((await indsigt(['api-key', 'revoke', String(made.body['keyId'])])).code, 0)
    assert.equal((await ask(again.address, '/v1/api-keys', String(made.body['key']))).status, 401)
    assert.equal(await killed(again.child, 'SIGTERM'), 0)
    assert.ok(!existsSync(join(data, 'pg/postmaster.pid')), 'the database stopped with its last user')
  },
)

test(
  'alone, the command line works on the same folder, and the ledger it wrote is placed and verified',
  { timeout: 120_000 },
  async () => {
    assert.equal((await indsigt(['client', 'add', 'Alene ApS'])).code, 0)
    const report = await json(['verify'])
    assert.equal(report.code, 0)
    assert.equal(report.body['waiting'], 0)
    assert.ok(Number(report.body['entries']) >= 5)
    assert.equal(report.body['signedSize'], report.body['entries'])
  },
)

test(
  'verify names the very entry that was changed, removed or added behind its back',
  { timeout: 120_000 },
  async () => {
    const owner = await openOwner()
    const { rows } = await owner.query<{ position: string; entry_id: string; leaf: Buffer }>(
      'select position, entry_id, leaf from ledger.entry order by position limit 3',
    )
    const [first, second, third] = rows
    await owner.query(`update ledger.entry set leaf = '\\x7b7d' where position = $1`, [first?.position])
    await owner.query('delete from ledger.entry where position = $1', [third?.position])
    const report = await json(['verify'])
    assert.equal(report.code, 1)
    assert.deepEqual(report.body['findings'], [
      { kind: 'changed', position: 0, entryId: first?.entry_id },
      { kind: 'removed', position: 2 },
    ])
    const lines = await indsigt(['verify'])
    assert.equal(lines.code, 1)
    assert.ok(lines.out.includes(first?.entry_id ?? '-') && lines.out.includes('position 2'))
    await owner.query('update ledger.entry set leaf = $2 where position = $1', [first?.position, first?.leaf])
    await owner.query('insert into ledger.entry values ($1, $2, $3, now())', [
      third?.position,
      third?.entry_id,
      third?.leaf,
    ])
    assert.ok(second)
    const [{ last } = { last: '' }] = (
      await owner.query<{ last: string }>('select max(position) as last from ledger.entry')
    ).rows
    await owner.query('create table kept as select * from ledger.entry where position = $1', [last])
    await owner.query('delete from ledger.entry where position = $1', [last])
    const behind = await indsigt(['client', 'add', 'Sen ApS'])
    assert.equal(behind.code, 1)
    assert.match(behind.err, /older copy/)
    assert.deepEqual((await json(['verify'])).body['findings'], [{ kind: 'removed', position: Number(last) }])
    await owner.query('insert into ledger.entry select * from kept')
    await owner.query('drop table kept')
    await owner.query(`insert into ledger.pending (entry_id, leaf) values ($1, '\\x01017b7d')`, [first?.entry_id])
    assert.match((await indsigt(['verify'])).out, /not written by the program/)
    await owner.query('delete from ledger.pending')
    await owner.end()
    assert.equal((await indsigt(['verify'])).code, 0)
  },
)

test('a policy file changed on disk is refused until it is adopted', { timeout: 120_000 }, async () => {
  const folder = join(root, 'policy')
  mkdirSync(folder)
  cpSync(join(ROOT, 'policies/intrum/cases'), join(folder, 'cases'), { recursive: true })
  const file = join(folder, 'policy.yaml')
  const text = readFileSync(join(ROOT, 'policies/intrum/policy.yaml'), 'utf8')
  writeFileSync(
    file,
    text.replace('en: Privacy and cookie policy', 'en: Privacy and cookies').replace('revision: 1', 'revision: 2'),
  )
  const refused = await json(['serve', '--port', '0', '--policy', file])
  assert.equal(refused.code, 1)
  assert.equal((refused.body['problem'] as { code: string }).code, 'policy.file_changed')
  const diff = await json(['policy', 'diff', file])
  assert.deepEqual(diff.body, { changes: [] }, 'the title is no promise')
  assert.equal((await indsigt(['policy', 'test', file])).code, 0)
  const adopted = await json(['policy', 'adopt', file])
  assert.deepEqual([adopted.code, adopted.body['version'], adopted.body['adopted']], [0, 2, true])
  const server = await serve(['--policy', file])
  assert.ok((await (await fetch(`${server.address}/en/policy`)).text()).includes('Privacy and cookies'))
  assert.equal(await killed(server.child, 'SIGINT'), 0)
  rmSync(join(folder, 'cases/s16.json'))
  writeFileSync(file, readFileSync(file, 'utf8').replace('revision: 2', 'revision: 3'))
  const untried = await json(['policy', 'adopt', file])
  assert.equal((untried.body['problem'] as { code: string }).code, 'policy.case_failed')
  writeFileSync(file, 'clauses: [')
  const faulty = await indsigt(['policy', 'check', file, '--lang', 'da'])
  assert.equal(faulty.code, 1)
  assert.match(faulty.out, /^\d+:\d+ /m)
})

test('a taken port is told with what to do; without a named port another is taken', { timeout: 120_000 }, async () => {
  const holder = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => holder.once('listening', resolve))
  stopping.push(() => holder.close())
  const { port } = holder.address() as { port: number }
  const taken = await json(['serve', '--policy', join(root, 'none')])
  assert.equal(taken.code, 2, 'a policy file that is not there is wrong use')
  const refused = await indsigt(['serve', '--port', String(port), '--policy', adoptedFile()])
  assert.equal(refused.code, 3)
  assert.ok(refused.err.includes(`--port ${port + 1}`), refused.err)
  holder.close()
})

test('wrong use is told with what was probably meant, in the language asked for, and ends with 2', async () => {
  const wrong = await indsigt(['polcy', 'check', '--lang', 'da'])
  assert.equal(wrong.code, 2)
  assert.match(wrong.err, /Mente du: indsigt policy check/)
  assert.equal((await indsigt(['policy', 'check', '--nope'])).code, 2)
  assert.equal((await indsigt(['policy', 'check', '--format', 'xml'])).code, 2)
  assert.equal((await indsigt([])).code, 2)
  const help = await indsigt(['--help'])
  assert.equal(help.code, 0)
  assert.match(help.out, /policy adopt/)
  const problem = await json(['policy', 'nothing'])
  assert.equal((problem.body['problem'] as { code: string }).code, 'usage')
})

test('every command has help, in both languages, and no two have the same name', { timeout: 120_000 }, async () => {
  const { body } = await json(['--help'])
  const names = (body['commands'] as { name: string }[]).map(it => it.name)
  assert.equal(new Set(names).size, names.length)
  assert.ok(names.length >= 10)
  for (const name of ['serve', 'verify', 'migrate', 'policy adopt', 'api-key create']) {
    const [danish, english] = await Promise.all(
      ['da', 'en'].map(lang => indsigt([...name.split(' '), '--help', '--lang', lang])),
    )
    assert.equal(danish?.code, 0, name)
    assert.notEqual(danish?.out, english?.out, name)
  }
})

const adoptedFile = () => {
  // The file of the version in force, written again as it was adopted.
  const file = join(root, 'policy', 'adopted.yaml')
  const text = readFileSync(join(ROOT, 'policies/intrum/policy.yaml'), 'utf8')
  writeFileSync(
    file,
    text.replace('en: Privacy and cookie policy', 'en: Privacy and cookies').replace('revision: 1', 'revision: 2'),
  )
  return file
}

/** A connection as the database's owner; the server of the folder stays up while it is open. */
async function openOwner() {
  const server = await start(openDataFolder({ data, env: {}, cwd: root, database: 'embedded' }))
  stopping.push(() => server.stop())
  const client = new pg.Client({ connectionString: server.ownerUrl })
  await client.connect()
  return {
    query: <Row extends pg.QueryResultRow>(text: string, values?: unknown[]) => client.query<Row>(text, values),
    end: async () => {
      await client.end()
      await server.stop()
    },
  }
}
