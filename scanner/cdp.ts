/** A thin client of the DevTools protocol over a pair of pipes: flattened sessions, and no call without a limit. */
import type { Readable, Writable } from 'node:stream'

export type Fields = { readonly [name: string]: unknown }
export type Listener = (fields: Fields) => void

/** One target (page, frame in a process of its own, worker) or, with an empty id, the browser itself. */
export type Session = {
  readonly id: string
  readonly connection: Connection
  readonly listeners: Map<string, Listener[]>
  isOpen: boolean
}

type Waiting = { readonly settle: (answer: Fields | Error) => void; readonly sessionId: string }

export type Connection = {
  readonly write: (line: string) => void
  readonly waiting: Map<number, Waiting>
  readonly sessions: Map<string, Session>
  readonly browser: Session
  lastId: number
  isOpen: boolean
}

const CALL_LIMIT_MS = 5000
/** A single message of a hostile page may not fill the memory. */
const MESSAGE_CHARS_MAX = 64 * 1024 * 1024

/** Speaks over the two pipes of a browser started with `--remote-debugging-pipe`. */
export function connect(pipes: { readonly out: Writable; readonly in: Readable }): Connection {
  const sessions = new Map<string, Session>()
  const connection = {
    write: (line: string) => void pipes.out.write(line + '\0'),
    waiting: new Map<number, Waiting>(),
    sessions,
    lastId: 0,
    isOpen: true,
  } as unknown as Connection
  const browser: Session = { id: '', connection, listeners: new Map(), isOpen: true }
  Object.assign(connection, { browser })
  sessions.set('', browser)
  readMessages(pipes.in, line => receive(connection, line))
  for (const stream of [pipes.in, pipes.out]) {
    stream.on('error', () => disconnect(connection))
    stream.on('close', () => disconnect(connection))
  }
  return connection
}

/** Ends every waiting call with an error and every session. */
export function disconnect(connection: Connection): void {
  connection.isOpen = false
  for (const session of connection.sessions.values()) session.isOpen = false
  for (const { settle } of connection.waiting.values()) settle(new Error('browser gone'))
  connection.waiting.clear()
}

/** Calls a method; throws when the browser refuses, is gone, or does not answer within `limitMs` (5 s by default). */
export function call(session: Session, method: string, params: Fields = {}, limitMs = CALL_LIMIT_MS): Promise<Fields> {
  const { connection } = session
  if (!connection.isOpen || !session.isOpen) return Promise.reject(new Error(`${method}: target gone`))
  const id = ++connection.lastId
  const sessionId = session.id
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => settle(new Error(`${method}: no answer`)), limitMs)
    const settle = (answer: Fields | Error) => {
      clearTimeout(timer)
      connection.waiting.delete(id)
      if (answer instanceof Error) reject(answer)
      else resolve(answer)
    }
    connection.waiting.set(id, { settle, sessionId })
    connection.write(JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) }))
  })
}

/** Calls a method and answers null where `call` would throw: for what may well fail, as on a page that has gone. */
export async function attempt(
  session: Session,
  method: string,
  params: Fields = {},
  limitMs = CALL_LIMIT_MS,
): Promise<Fields | null> {
  try {
    return await call(session, method, params, limitMs)
  } catch {
    return null
  }
}

/** Listens to an event of one session. A listener that throws silences nobody else. */
export function on(session: Session, event: string, listener: Listener): void {
  session.listeners.set(event, [...(session.listeners.get(event) ?? []), listener])
}

/** The session with this id, made when it is not known yet. */
export function sessionOf(connection: Connection, id: string): Session {
  const known = connection.sessions.get(id)
  if (known) return known
  const session: Session = { id, connection, listeners: new Map(), isOpen: true }
  connection.sessions.set(id, session)
  return session
}

/** Waits that long. */
export function sleep(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}

/** Waits for a promise at most `limitMs`; answers `otherwise` when it takes longer or fails. */
export async function within<T, U>(promise: Promise<T>, limitMs: number, otherwise: U): Promise<T | U> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<U>(resolve => {
    timer = setTimeout(() => resolve(otherwise), limitMs)
  })
  try {
    return await Promise.race([promise, limit])
  } catch {
    return otherwise
  } finally {
    clearTimeout(timer)
  }
}

/** A text field of a message, or ''. */
export const text = (fields: Fields | null | undefined, name: string): string => {
  const value = fields?.[name]
  return typeof value === 'string' ? value : ''
}

/** A number of a message, or null. */
export const number = (fields: Fields | null | undefined, name: string): number | null => {
  const value = fields?.[name]
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

/** An object of a message, or an empty one. */
export const object = (fields: Fields | null | undefined, name: string): Fields => {
  const value = fields?.[name]
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}

/** A list of objects in a message, or an empty one. */
export const list = (fields: Fields | null | undefined, name: string): readonly Fields[] => {
  const value = fields?.[name]
  return Array.isArray(value) ? value.filter((it): it is Fields => typeof it === 'object' && it !== null) : []
}

function receive(connection: Connection, line: string): void {
  const message = JSON.parse(line) as Fields
  const id = number(message, 'id')
  if (id !== null) {
    const failure = object(message, 'error')
    const isFailed = 'message' in failure
    connection.waiting.get(id)?.settle(isFailed ? new Error(text(failure, 'message')) : object(message, 'result'))
    return
  }
  const session = connection.sessions.get(text(message, 'sessionId'))
  const method = text(message, 'method')
  const params = object(message, 'params')
  for (const listener of session?.listeners.get(method) ?? []) tell(listener, params)
  if (method === 'Target.detachedFromTarget') close(connection, text(params, 'sessionId'))
}

function tell(listener: Listener, params: Fields): void {
  try {
    listener(params)
  } catch {
    // What a hostile page makes a listener stumble over is its own loss.
  }
}

function close(connection: Connection, sessionId: string): void {
  const session = connection.sessions.get(sessionId)
  if (!session) return
  session.isOpen = false
  connection.sessions.delete(sessionId)
  for (const { settle, sessionId: owner } of connection.waiting.values()) {
    if (owner === sessionId) settle(new Error('target gone'))
  }
}

function readMessages(stream: Readable, take: (line: string) => void): void {
  let parts: Buffer[] = []
  let size = 0
  stream.on('data', (chunk: Buffer) => {
    let rest = chunk
    for (let end = rest.indexOf(0); end >= 0; end = rest.indexOf(0)) {
      parts.push(rest.subarray(0, end))
      if (size + end <= MESSAGE_CHARS_MAX) take(Buffer.concat(parts).toString())
      parts = []
      size = 0
      rest = rest.subarray(end + 1)
    }
    size += rest.length
    if (size <= MESSAGE_CHARS_MAX) parts.push(rest)
    else parts = []
  })
}
