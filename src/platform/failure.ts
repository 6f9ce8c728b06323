/** A failure that an operator can act on: what happened and what to do, in both languages. */
export type Failure = Error & {
  readonly code: string
  readonly da: string
  readonly en: string
  readonly remedy: { readonly da: string; readonly en: string }
}

/** Makes a failure. `code` is `area/name`; the texts must hold no personal data. `cause` stays in the process. */
export function failure(parts: {
  code: string
  da: string
  en: string
  remedy: { da: string; en: string }
  cause?: unknown
}): Failure {
  const { cause, ...rest } = parts
  const error = new Error(parts.en, cause === undefined ? undefined : { cause })
  return Object.assign(error, rest)
}

/** True when `error` was made by `failure`. */
export function isFailure(error: unknown): error is Failure {
  return error instanceof Error && 'remedy' in error && 'da' in error && 'en' in error
}

/** The code an error carries (`ENOENT`, `57P03`, `postgres/…`), or '' when it has none. */
export function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  return typeof code === 'string' ? code : ''
}
