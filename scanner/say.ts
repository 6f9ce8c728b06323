/** Says each thing once, and nothing without end. */
import type { Visitor } from './model.ts'
import type { Message, Sighting } from './report.ts'

/** A page that makes things up by the thousand fills neither pipe nor report. */
const SAID_MAX = 6000
const VALUE_CHARS_MAX = 8192

/** Emits a message unless one with the same key was emitted for this visitor. */
export function say(visitor: Visitor, key: string, message: Message): void {
  if (visitor.said.has(key) || visitor.said.size >= SAID_MAX) return
  visitor.said.set(key, Date.now())
  visitor.scan.emit(message)
}

/** Emits a sighting, once for what is the same thing on the same page in the same phase. */
export function saySighting(visitor: Visitor, sighting: Sighting): void {
  const { phase, page, kind, name, host, path, outcome, event, via, reason, keptSeconds, initiator } = sighting
  // A lifetime in whole tens of seconds: the same cookie asked for twice differs by a moment.
  const lifetime = typeof keptSeconds === 'number' ? Math.round(keptSeconds / 10) : String(keptSeconds)
  const key = ['sighting', phase, page, kind, name, host, path, outcome, event, via, reason, lifetime, initiator].join(
    '\n',
  )
  const short = {
    ...sighting,
    value: sighting.value.slice(0, VALUE_CHARS_MAX),
    raw: sighting.raw === null ? null : shortened(sighting.raw),
  }
  say(visitor, key, { type: 'sighting', sighting: short })
}

/** A line too long for its value keeps what stands after it: its lifetime is judged by that. */
function shortened(line: string): string {
  const end = line.indexOf(';')
  if (line.length <= VALUE_CHARS_MAX || end < 0) return line.slice(0, VALUE_CHARS_MAX)
  return line.slice(0, Math.min(end, VALUE_CHARS_MAX)) + line.slice(end, end + VALUE_CHARS_MAX)
}
