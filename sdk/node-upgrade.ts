/** Guards the answer to an upgrade, which the application writes straight to the socket: its head is held. */
import type { Duplex } from 'node:stream'
import type { ResponseGuard } from './node-guard.ts'

/** The largest head that is read; a longer one ends the connection. */
export const HEAD_BYTES_MAX = 65_536

/** Holds what is written until the head is whole, lets the guard decide about its cookies, and then lets go. */
export function guardSocket(socket: Duplex, guard: ResponseGuard): void {
  const [write, end] = [socket.write.bind(socket), socket.end.bind(socket)]
  const letGo = () => Object.assign(socket, { write, end })
  let held = Buffer.alloc(0)
  const take = ([chunk, encoding]: unknown[]): Buffer => {
    if (typeof chunk === 'string') {
      held = Buffer.concat([held, Buffer.from(chunk, typeof encoding === 'string' ? (encoding as 'utf8') : 'utf8')])
    } else if (chunk instanceof Uint8Array) held = Buffer.concat([held, chunk])
    const { ready, rest, isWhole } = guardedHeads(held, guard)
    held = rest
    if (isWhole) letGo()
    else if (held.byteLength > HEAD_BYTES_MAX) socket.destroy()
    return ready
  }
  const doneOf = (args: unknown[]) => args.find(one => typeof one === 'function') as (() => void) | undefined
  const patched = socket as unknown as Record<'write' | 'end', (...args: unknown[]) => unknown>
  patched.write = (...args) => {
    const ready = take(args)
    if (ready.byteLength > 0) return write(ready, doneOf(args))
    doneOf(args)?.()
    return true
  }
  patched.end = (...args) => {
    const ready = take(args)
    letGo()
    // A head that never became whole is no answer; nothing of it is sent.
    return ready.byteLength > 0 ? end(ready, doneOf(args)) : end(doneOf(args))
  }
}

type Heads = { readonly ready: Buffer; readonly rest: Buffer<ArrayBuffer>; readonly isWhole: boolean }

/** Heads of provisional answers (100, 103) come before the one that counts; that one and all after it is whole. */
function guardedHeads(bytes: Buffer<ArrayBuffer>, guard: ResponseGuard): Heads {
  const ready: Buffer[] = []
  let rest = bytes
  for (let close = rest.indexOf(END); close >= 0; close = rest.indexOf(END)) {
    const text = rest.subarray(0, close).toString('latin1')
    const isProvisional = /^HTTP\/1\.\d 1(?!01)\d\d/.test(text)
    const head = guardedLines(text, isProvisional ? NO_COOKIES : guard)
    ready.push(Buffer.from(`${head}${END}`, 'latin1'))
    rest = rest.subarray(close + END.length)
    if (!isProvisional) return { ready: Buffer.concat([...ready, rest]), rest: Buffer.alloc(0), isWhole: true }
  }
  return { ready: Buffer.concat(ready), rest, isWhole: false }
}

const END = '\r\n\r\n'
const NO_COOKIES: ResponseGuard = () => ({ lines: [], headers: {} })

/** A head's lines (latin1, without the empty one) after the guard. Folded lines end with the line they belong to. */
export function guardedLines(head: string, guard: ResponseGuard): string {
  // Some browsers end a line at a lone carriage return, too.
  const unfolded = head.replace(/(?:\r\n?|\n)[ \t]+/g, ' ').split(/\r\n?|\n/)
  const isCookie = (line: string) => /^set-cookie\s*:/i.test(line)
  const valueOf = (line: string) => line.slice(line.indexOf(':') + 1).trim()
  const decided = guard(unfolded.filter(isCookie).map(valueOf), name => {
    const found = unfolded.slice(1).find(line => line.toLowerCase().startsWith(`${name}:`))
    return found === undefined ? undefined : valueOf(found)
  })
  const others = unfolded.filter(line => !isCookie(line))
  const added = Object.entries(decided.headers).filter(([name]) => name !== 'cache-control')
  return [
    ...others,
    ...decided.lines.map(line => `Set-Cookie: ${line}`),
    ...added.map(([name, value]) => `${name}: ${value}`),
  ].join('\r\n')
}
