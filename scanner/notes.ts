/** Reads what the instrument in a page reports, and what the browser says of initiators. Hostile input. Pure. */
import { list, number, object, text, type Fields } from './cdp.ts'
import { sourceOf } from './site.ts'

/** A report of the instrument. Everything in it comes from a page and may be made up. */
export type Note = {
  readonly kind: string
  readonly isWorker: boolean
  readonly address: string
  readonly name: string
  readonly value: string
  readonly seen: string | null
  readonly stack: readonly string[]
}

const NOTE_CHARS_MAX = 64 * 1024
const FRAMES_MAX = 8

/** The note in a binding's payload, or null. `mark` names the instrument's own lines of the stack. */
export function readNote(payload: string, mark: string): Note | null {
  if (payload.length > NOTE_CHARS_MAX) return null
  try {
    const fields = JSON.parse(payload) as Fields
    return {
      kind: text(fields, 'kind'),
      isWorker: fields['worker'] === true,
      address: text(fields, 'address'),
      name: text(fields, 'name'),
      value: text(fields, 'value'),
      seen: typeof fields['seen'] === 'string' ? fields['seen'] : null,
      stack: readStack(text(fields, 'stack'), mark),
    }
  } catch {
    return null
  }
}

/** `function@address:line` of an Error's stack, nearest first, at most 8, without queries. */
export function readStack(stack: string, mark: string): string[] {
  const frames = stack.split('\n').flatMap(line => {
    if (!line.trimStart().startsWith('at ') || line.includes(mark)) return []
    const match = /^\s*at (?:async )?(?:(.*?) \()?(.*?):(\d+):\d+\)?$/.exec(line)
    return match ? [frameText(match[1] ?? '', match[2] ?? '', Number(match[3]))] : []
  })
  return frames.slice(0, FRAMES_MAX)
}

/** The same of a stack as the protocol gives it, with what started it asynchronously after it. */
export function readTrace(trace: Fields): string[] {
  const frames: string[] = []
  for (let at: Fields | null = trace, depth = 0; at && depth < 4; depth++) {
    for (const frame of list(at, 'callFrames')) {
      if (/^_[0-9a-f]{18}$/.test(text(frame, 'url'))) continue // The instrument's own.
      frames.push(frameText(text(frame, 'functionName'), text(frame, 'url'), (number(frame, 'lineNumber') ?? 0) + 1))
    }
    const parent: Fields = object(at, 'parent')
    at = 'callFrames' in parent ? parent : null
  }
  return frames.slice(0, FRAMES_MAX)
}

/** Address of the script at the top of a stack, or null. */
export function scriptOf(stack: readonly string[]): string | null {
  const top = stack.find(frame => /@https?:/.test(frame)) ?? stack[0]
  const address = top?.slice(top.indexOf('@') + 1).replace(/:\d+$/, '')
  return address ? sourceOf(address) : null
}

/** Who asked for a request: a script's address, else the document's. */
export function readInitiator(initiator: Fields): {
  readonly initiator: string | null
  readonly stack: readonly string[]
} {
  const stack = readTrace(object(initiator, 'stack'))
  return { initiator: scriptOf(stack) ?? sourceOf(text(initiator, 'url')), stack }
}

function frameText(name: string, address: string, line: number): string {
  return `${name || '(anonymous)'}@${sourceOf(address) ?? ''}:${line}`.slice(0, 300)
}
