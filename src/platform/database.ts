/**
 * The one way to PostgreSQL: a pool per login role, transactions, streaming in, and the one place
 * where a database error becomes a refusal people can read.
 */
import assert from 'node:assert'
import { createHash } from 'node:crypto'
import { pipeline } from 'node:stream/promises'
import { Readable } from 'node:stream'
import pg from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'
import type { Sql } from '../lib/sql.ts'
import { Problem } from './problems.ts'

export type Tx = {
  /** The database's clock when the transaction began, in whole milliseconds; the only clock an act knows. */
  readonly now: Date
  /** All rows. */
  many<Row>(query: Sql): Promise<Row[]>
  /** Exactly one row; anything else is a bug. */
  one<Row>(query: Sql): Promise<Row>
  /** One row or none. */
  maybe<Row>(query: Sql): Promise<Row | undefined>
  /** Number of rows changed. */
  run(query: Sql): Promise<number>
  /** Streams finished COPY data in PostgreSQL's binary form; `target` is our own constant text. */
  copyIn(target: string, chunks: Iterable<Buffer>): Promise<void>
}

export type Pool = {
  /** Runs `work` in one transaction: commits when it returns, rolls back when it throws. */
  write<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  /** The same, writing too, but everything it reads is of one instant; who changed it meanwhile makes it a conflict. */
  snapshot<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  /** The same, read only and from one snapshot. */
  read<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  /** All rows of one `select` that needs no other of the same instant: one round trip instead of three. */
  ask<Row>(query: Sql): Promise<Row[]>
  /** Rows of one statement outside a transaction of ours, one by one; for exports and `verify`. */
  stream(query: string): AsyncIterable<Buffer>
  /**
   * One maintenance statement that cannot run in a transaction (VACUUM); our own constant text. Throws
   * `database.conflict` when a lock cannot be had within ten seconds, so that it never stops the whole house.
   */
  maintain(statement: string): Promise<void>
  close(): Promise<void>
}

// Dates stay 'YYYY-MM-DD' strings: a JavaScript Date would move them across midnight.
pg.types.setTypeParser(pg.types.builtins.DATE, text => text)
pg.types.setTypeParser(pg.types.builtins.INT8, text => Number(text))

/** Opens a pool for one login role. Connections are made when first needed. */
export function openPool(config: pg.PoolConfig): Pool {
  const pool = new pg.Pool({ max: 8, connectionTimeoutMillis: 10_000, idleTimeoutMillis: 30_000, ...config })
  // A connection that breaks says so at its next use, idle or in hand; without listeners Node would end the process.
  pool.on('error', () => undefined)
  pool.on('connect', client => void client.on('error', () => undefined))
  return {
    write: work => transaction(pool, 'begin', work),
    snapshot: work => transaction(pool, 'begin isolation level repeatable read', work),
    read: work => transaction(pool, 'begin isolation level repeatable read read only', work),
    ask: query => ask(pool, query),
    stream: query => streamOut(pool, query),
    maintain: statement => maintain(pool, statement),
    close: () => pool.end(),
  }
}

async function transaction<T>(pool: pg.Pool, begin: string, work: (tx: Tx) => Promise<T>): Promise<T> {
  const client = await pool.connect().catch(error => {
    throw translate(error)
  })
  let broken = false
  try {
    const now = await started(client, begin)
    const result = await work(txOf(client, now))
    const { command } = await client.query('commit')
    // A statement failed and somebody caught it: PostgreSQL then rolls back and calls that an answer.
    if (command !== 'COMMIT') throw new Error('the transaction had failed and was rolled back')
    return result
  } catch (error) {
    await client.query('rollback').catch(() => (broken = true))
    throw translate(error)
  } finally {
    client.release(broken)
  }
}

/** A statement on its own is its own transaction; its first word and the role's rights are what keeps it to reading. */
async function ask<Row>(pool: pg.Pool, query: Sql): Promise<Row[]> {
  assert(/^\s*select\b/i.test(query.text), 'only a select is asked')
  try {
    return (await pool.query(prepared(query))).rows as Row[]
  } catch (error) {
    throw translate(error)
  }
}

/** Begins and asks for the time in one round trip. */
async function started(client: pg.PoolClient, begin: string): Promise<Date> {
  const results = await client.query(`${begin}; select date_trunc('milliseconds', now()) as now`)
  return (results as unknown as { rows: { now: Date }[] }[])[1]?.rows[0]?.now as Date
}

function txOf(client: pg.PoolClient, now: Date): Tx {
  const query = async (statement: Sql) =>
    (await client.query(prepared(statement))) as { rows: unknown[]; rowCount: number | null }
  return {
    now,
    many: async <Row>(statement: Sql) => (await query(statement)).rows as Row[],
    run: async statement => (await query(statement)).rowCount ?? 0,
    maybe: async <Row>(statement: Sql) => {
      const { rows } = await query(statement)
      if (rows.length > 1) throw new Error('one row expected at most')
      return rows[0] as Row | undefined
    },
    one: async <Row>(statement: Sql) => {
      const { rows } = await query(statement)
      if (rows.length !== 1) throw new Error(`one row expected, ${rows.length} found`)
      return rows[0] as Row
    },
    copyIn: async (target, chunks) => {
      await pipeline(Readable.from(chunks), client.query(copyFrom(`copy ${target} from stdin (format binary)`)))
    },
  }
}

const names = new Map<string, string>()

/** Same text, same prepared statement: PostgreSQL plans it once per connection. */
function prepared({ text, values }: Sql): pg.QueryConfig {
  let name = names.get(text)
  if (!name) {
    name = createHash('sha256').update(text).digest('base64url').slice(0, 22)
    if (names.size < 2_000) names.set(text, name)
  }
  return { name, text, values: [...values] }
}

async function maintain(pool: pg.Pool, statement: string): Promise<void> {
  const client = await pool.connect().catch(error => {
    throw translate(error)
  })
  try {
    await client.query(`set lock_timeout = '10s'; set statement_timeout = 0`)
    await client.query(statement)
  } catch (error) {
    throw translate(error)
  } finally {
    // The settings belong to the session, so the session is not used again.
    client.release(true)
  }
}

async function* streamOut(pool: pg.Pool, query: string): AsyncIterable<Buffer> {
  const client = await pool.connect().catch(error => {
    throw translate(error)
  })
  try {
    for await (const chunk of client.query(copyTo(query))) yield chunk as Buffer
  } catch (error) {
    throw translate(error)
  } finally {
    client.release()
  }
}

/** Constraint or custom state -> the clause it keeps. A name here is part of the promise board. */
const CLAUSE_OF_CONSTRAINT = new Map([
  ['record_known_or_consented', 'S11'],
  ['record_purpose_fkey', 'S12'],
  ['record_category_fkey', 'S18'],
  ['record_consent_live', 'S11'],
  ['record_website_five_years', 'S16'],
  ['record_collected_by_now', 'S16'],
  ['record_client_has_source', 'S20'],
  ['record_accounting_has_voucher', 'S23'],
  ['voucher_floor', 'S23'],
  ['disclosure_notice_fkey', 'S22'],
  ['disclosure_one_ground', 'S21'],
  ['disclosure_creditor_fkey', 'S21'],
  ['disclosure_lawyer_fkey', 'S21'],
  ['disclosure_demand_fkey', 'S21'],
  ['disclosure_demand_fits', 'S21'],
  ['disclosure_demand_covers', 'S21'],
  ['disclosure_case_open', 'S21'],
  ['disclosure_lawyer_present', 'S21'],
  ['disclosure_notice_fits', 'S22'],
  ['disclosure_consent_fits', 'S15'],
  ['disclosure_consent_live', 'S15'],
  ['disclosure_website_consent', 'S15'],
  ['disclosure_records_fit', 'S21'],
  ['disclosure_consent_fkey', 'S15'],
  ['notice_held_reviewed', 'S22'],
  ['notice_ended_settled', 'S22'],
  ['record_replaces_free', 'S25'],
  ['notice_held_within_year', 'S22'],
  ['notice_held_unseen', 'S22'],
  ['notice_held_ground', 'S22'],
  ['notice_says_what', 'S22'],
  ['hold_reviewed', 'S19'],
  ['hold_from_now', 'S19'],
  ['notice_begins_untold', 'S22'],
  ['notice_made_now', 'S22'],
  ['notice_tried_soon', 'S22'],
  ['notice_in_hand_now', 'S22'],
  ['notice_held_from_now', 'S22'],
  ['list_grows_by_adoption', 'S18'],
  ['objected_one_way', 'S25'],
  ['request_answered_once', 'S25'],
  ['request_answered_by_now', 'S24'],
  ['relationship_limited', 'S19'],
  ['relationship_reviewed', 'S19'],
  ['relationship_closed_by_now', 'S19'],
  ['relationship_stays_closed', 'S19'],
  ['relationship_cleared_empty', 'S19'],
  ['lookup_with_record', 'S19'],
  ['record_of_living_key', 'S19'],
  ['package_is_whole', 'S21'],
  ['package_one_way', 'S21'],
  ['choice_disjoint', 'S1'],
  ['choice_refuses_all', 'S1'],
  ['choice_replaced_after', 'S8'],
  ['choice_one_way', 'S8'],
  ['link_notice_fkey', 'S3'],
  ['link_known', 'S3'],
  ['link_living', 'S3'],
  ['link_ended', 'S3'],
  ['link_one_way', 'S3'],
  ['scan_register_fkey', 'S1'],
  ['scan_took_time', 'S1'],
])

const AWAY = new Set(['57P01', '57P02', '57P03', '08000', '08001', '08003', '08004', '08006', '08P01'])
const AWAY_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE', 'ETIMEDOUT'])

/**
 * Turns a driver error into a Problem by its SQLSTATE, never by its text. The driver's `detail`,
 * `where` and `hint` can hold values, so they are dropped here and nowhere passed on.
 */
export function translate(error: unknown): unknown {
  if (error instanceof Problem || !(error instanceof Error)) return error
  const { code, constraint } = error as { code?: string; constraint?: string }
  const clause = constraint === undefined ? undefined : CLAUSE_OF_CONSTRAINT.get(constraint)
  if (code === 'IN023') return new Problem('retention.floor', { clause: 'S23' })
  if (code === 'IN019') return new Problem('retention.held', { clause: 'S19' })
  // Only ids come from outside as text: one that is no id names nothing.
  if (code === '22P02') return new Problem('not_found')
  // Text with a character that PostgreSQL cannot hold (NUL) is no value of any field.
  if (code === '22021' || code === '22P05') return new Problem('request.invalid')
  if (code === '53100') return new Problem('database.full')
  if (code === '40001' || code === '40P01' || code === '55P03') return new Problem('database.conflict')
  if (code === '53300') return new Problem('database.busy')
  if (isAway(error, code)) return new Problem('database.away')
  // Two registrations of one name at the same moment: the second is told what the first would have been told.
  if (constraint === 'party_name_key_key') return new Problem('work.client_exists')
  if (clause !== undefined) return new Problem('database.refused', { clause, rule: constraint as string })
  return code === undefined ? error : scrubbed(code, constraint)
}

function isAway(error: Error, code: string | undefined): boolean {
  if (code !== undefined) return AWAY.has(code) || AWAY_CODES.has(code)
  return /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying)/.test(
    error.message,
  )
}

/** A database error that nobody expected: its state and the constraint's name, nothing from the row. */
function scrubbed(code: string, constraint: string | undefined): Error {
  const error = new Error(`database error ${code}${constraint ? ` (${constraint})` : ''}`)
  return Object.assign(error, { code, ...(constraint && { constraint }) })
}
