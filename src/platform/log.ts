/** The log: one JSON line an event, an allow-list of fields, so that nothing personal has a place to be. */

/** Fields a log line may carry. There is no free text: an event has a name and these. */
export type LogFields = {
  readonly code?: string
  readonly clause?: string
  readonly route?: string
  readonly status?: number
  readonly job?: string
  readonly count?: number
  readonly durationMs?: number
  readonly requestId?: string
  readonly surface?: string
  readonly stack?: string
}

export type Log = (level: 'info' | 'warn' | 'error', event: string, fields?: LogFields) => void

const ALLOWED = [
  'code',
  'clause',
  'route',
  'status',
  'job',
  'count',
  'durationMs',
  'requestId',
  'surface',
  'stack',
] as const

/** A log that writes lines with `write`, e.g. to standard error. */
export function openLog(write: (line: string) => void): Log {
  return (level, event, fields = {}) => {
    const line: Record<string, unknown> = { at: new Date().toISOString(), level, event }
    for (const name of ALLOWED) if (fields[name] !== undefined) line[name] = fields[name]
    write(`${JSON.stringify(line)}\n`)
  }
}

/**
 * What may be logged of an error nobody expected: its kind, its code and where in our code it arose.
 * The message is left out, since libraries put values into theirs.
 */
export function faultFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { code: typeof error }
  const code = (error as { code?: unknown }).code
  const stack = (error.stack ?? '')
    .split('\n')
    .filter(line => /^\s+at /.test(line))
    .slice(0, 8)
    .map(line => line.trim())
  return { code: typeof code === 'string' ? code : error.name, stack: stack.join(' < ') }
}
