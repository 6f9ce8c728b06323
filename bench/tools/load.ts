/**
 * Load over loopback, as a process of its own: reads a plan as JSON from standard input, sends prepared requests over
 * kept-alive connections, writes what it saw as JSON to standard output. Open loop (`perSecond`) sends when a request
 * is due, whatever was answered; closed loop keeps every connection busy. It stops by itself.
 */
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'

export type Plan = {
  readonly port: number
  readonly path: string
  /** Sent with the requests in turn, so that one caller's limit need not be in the way. */
  readonly headers: readonly { readonly [name: string]: string }[]
  /** One request each, in this order; the load ends when they are used up. */
  readonly bodies: readonly string[]
  readonly connections: number
  readonly seconds: number
  /** Requests begun a second; absent: as many as are answered. */
  readonly perSecond?: number
  /** Status of an answer that acknowledges. */
  readonly status: number
}

export type Seen = {
  readonly acknowledged: number
  /** Answers with another status, by status, and requests without one ('broken'). */
  readonly others: { readonly [status: string]: number }
  readonly seconds: number
  /** Milliseconds from the moment it was due, or when a connection was free, until the answer was whole. */
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly worst: number
}

type Line = { readonly socket: Socket; kept: Buffer; begun: number }
type Answer = { readonly status: string; readonly bytes: number }

const GRACE_MS = 15_000

if (import.meta.main) {
  const plan = JSON.parse(await text(process.stdin)) as Plan
  process.stdout.write(JSON.stringify(await load(plan)), () => process.exit(0))
}

/** Sends the plan's requests and waits for what is under way, fifteen seconds at most. */
export async function load(plan: Plan): Promise<Seen> {
  const requests = plan.bodies.map((body, at) => requestOf(plan, body, at))
  const latencies: number[] = []
  const others: Record<string, number> = {}
  const free: Line[] = []
  const due: number[] = []
  let next = 0
  let underWay = 0

  const lines = await Promise.all(Array.from({ length: plan.connections }, () => open(plan.port)))
  free.push(...lines)
  const start = performance.now()
  const end = start + plan.seconds * 1000
  let last = start

  const send = (line: Line, begun: number) => {
    line.begun = begun
    underWay += 1
    line.socket.write(requests[next++] as Buffer)
  }
  const hasMore = () => next < requests.length && performance.now() < end
  const onAnswer = (line: Line, { status }: Answer) => {
    last = performance.now()
    underWay -= 1
    if (status === String(plan.status)) latencies.push(last - line.begun)
    else others[status] = (others[status] ?? 0) + 1
    const waiting = due.shift()
    if (plan.perSecond === undefined ? hasMore() : waiting !== undefined) send(line, waiting ?? last)
    else free.push(line)
  }
  for (const line of lines) listen(line, onAnswer, () => (others['broken'] = (others['broken'] ?? 0) + 1))

  if (plan.perSecond === undefined) for (const line of free.splice(0)) if (hasMore()) send(line, start)
  await (plan.perSecond === undefined
    ? until(() => !hasMore() && underWay === 0, end + GRACE_MS)
    : paced(plan.perSecond, { start, end, count: requests.length }, () => {
        const line = free.shift()
        if (line) send(line, performance.now())
        else due.push(performance.now())
      }).then(() => until(() => underWay === 0 && due.length === 0, end + GRACE_MS)))
  for (const line of lines) line.socket.removeAllListeners('close').destroy()
  const sorted = latencies.toSorted((one, other) => one - other)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
  if (underWay > 0) others['unanswered'] = underWay
  return {
    acknowledged: latencies.length,
    others,
    seconds: (last - start) / 1000,
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
    worst: sorted.at(-1) ?? Number.NaN,
  }
}

/** Calls `begin` at even distances; a late timer catches up. */
function paced(
  perSecond: number,
  span: { readonly start: number; readonly end: number; readonly count: number },
  begin: () => void,
): Promise<void> {
  const total = Math.min(span.count, Math.floor(((span.end - span.start) / 1000) * perSecond))
  let begun = 0
  return new Promise(resolve => {
    const tick = () => {
      while (begun < total && span.start + (begun * 1000) / perSecond <= performance.now()) {
        begun += 1
        begin()
      }
      if (begun === total) resolve()
      else setTimeout(tick, Math.max(1, span.start + (begun * 1000) / perSecond - performance.now()))
    }
    tick()
  })
}

function until(isOver: () => boolean, latest: number): Promise<void> {
  return new Promise(resolve => {
    const look = () => (isOver() || performance.now() > latest ? resolve() : void setTimeout(look, 5))
    look()
  })
}

function open(port: number): Promise<Line> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    socket.once('error', reject)
    socket.once('connect', () => resolve({ socket, kept: Buffer.alloc(0), begun: 0 }))
  })
}

function listen(line: Line, onAnswer: (line: Line, answer: Answer) => void, onBreak: () => void): void {
  line.socket.on('data', (chunk: Buffer) => {
    line.kept = line.kept.length === 0 ? chunk : Buffer.concat([line.kept, chunk])
    const answer = answerIn(line.kept)
    if (answer === null) return
    line.kept = line.kept.subarray(answer.bytes)
    onAnswer(line, answer)
  })
  line.socket.on('error', () => undefined)
  line.socket.on('close', onBreak)
}

/** The answer at the beginning of these bytes, when it is whole. One request at a time is under way on a line. */
function answerIn(bytes: Buffer): Answer | null {
  const headEnd = bytes.indexOf('\r\n\r\n')
  if (headEnd < 0) return null
  const head = bytes.toString('latin1', 0, headEnd)
  const status = head.slice(9, 12)
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1]
  if (length !== undefined) {
    const whole = headEnd + 4 + Number(length)
    return bytes.length >= whole ? { status, bytes: whole } : null
  }
  const last = bytes.indexOf('\r\n0\r\n\r\n', headEnd)
  return last < 0 ? null : { status, bytes: last + 7 }
}

function requestOf({ path, headers }: Plan, body: string, at: number): Buffer {
  const all = { host: '127.0.0.1', 'content-type': 'application/json', ...headers[at % headers.length] }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(
    `POST ${path} HTTP/1.1\r\n${lines.join('')}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}
