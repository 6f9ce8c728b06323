/** Guards the answer to an upgrade, which the application writes straight to the socket: its head is held. */
import type { Duplex } from 'node:stream'
import type { ResponseGuard } from './node-guard.ts'

/** The largest head that is read; a longer one ends the connection. */
export const HEAD_BYTES_MAX = 65_536

/** Holds what is written until the head is whole, lets the guard decide about its cookies, and then lets go. */
export function guardSocket(socket: Duplex, guard: ResponseGuard): void {
  const [write, end] = [socket.write.bind(socket), socket.end.bind(socket)]
  let held = Buffer.alloc(0)
  const letGo = () => Object.assign(socket, { write, end })
  const take = (args: unknown[]): Buffer | null => {
    const [chunk, encoding] = args
    if (typeof chunk === 'string') {
      held = Buffer.concat([held, Buffer.from(chunk, typeof encoding === 'string' ? (encoding as 'utf8') : 'utf8')])
    } else if (chunk instanceof Uint8Array) held = Buffer.concat([held, chunk])
    const close = held.indexOf('\r\n\r\n')
    if (close < 0 && held.byteLength <= HEAD_BYTES_MAX) return null
    if (close < 0) {
      socket.destroy()
      return null
    }
    const head = guardedLines(held.subarray(0, close).toString('latin1'), guard)
    return Buffer.concat([Buffer.from(`${head}\r\n\r\n`, 'latin1'), held.subarray(close + 4)])
  }
  const patched = socket as unknown as Record<'write' | 'end', (...args: unknown[]) => unknown>
  patched.write = (...args) => {
    const whole = take(args)
    const done = args.find(one => typeof one === 'function') as (() => void) | undefined
    if (!whole) {
      done?.()
      return true
    }
    letGo()
    return socket.write(whole, done)
  }
  patched.end = (...args) => {
    const whole = typeof args[0] === 'function' ? null : take(args)
    const done = args.find(one => typeof one === 'function') as (() => void) | undefined
    letGo()
    // A head that never became whole is no answer; nothing of it is sent.
    return whole ? socket.end(whole, done) : socket.end(done)
  }
}

/** A head's lines (latin1, without the empty one) after the guard. Folded lines end with the line they belong to. */
export function guardedLines(head: string, guard: ResponseGuard): string {
  const unfolded = head.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)
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
