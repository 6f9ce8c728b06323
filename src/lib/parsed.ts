/**
 * What every parser of this folder answers: a value, or a stable code that a table of texts explains.
 * The value that was refused is never part of the answer, so an answer may be logged and shown.
 */
export type Parsed<Value, Code extends string, Warning extends string = never> =
  | { readonly ok: true; readonly value: Value; readonly warnings?: readonly Warning[] }
  | { readonly ok: false; readonly code: Code }

/** A refusal with its code. */
export function refuse<Code extends string>(code: Code): { readonly ok: false; readonly code: Code } {
  return { ok: false, code }
}

/** A value, with warnings only when there are some. */
export function accept<Value, Warning extends string = never>(
  value: Value,
  warnings: readonly Warning[] = [],
): { readonly ok: true; readonly value: Value; readonly warnings?: readonly Warning[] } {
  return warnings.length === 0 ? { ok: true, value } : { ok: true, value, warnings }
}
