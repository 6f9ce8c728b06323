/** Reads what somebody sent: bounded, strict UTF-8, JSON of limited depth; names what does not fit, without values. */
import type { z } from 'zod'
import { Problem, type Bilingual, type Fault } from './problems.ts'

export const BODY_MOST = 1024 * 1024
const DEPTH_MOST = 32

/** The bytes of a body, at most `most`. Throws `request.too_large`. */
export async function readBody(request: Request, most = BODY_MOST): Promise<Buffer> {
  if (Number(request.headers.get('content-length') ?? 0) > most) throw new Problem('request.too_large')
  if (!request.body) return Buffer.alloc(0)
  // Node reads no more than the length that was announced, so such a body needs no counting.
  if (/^\d{1,9}$/.test(request.headers.get('content-length') ?? '')) return Buffer.from(await request.arrayBuffer())
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength
    if (size > most) throw new Problem('request.too_large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/**
 * The document in these bytes; undefined when there are none. Throws `request.not_json` for other
 * encodings than UTF-8, for broken JSON, for more than 32 levels and for a key `__proto__`.
 */
export function parseJson(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined
  let parsed: unknown
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw new Problem('request.not_json')
  }
  if (!isSound(parsed, 1)) throw new Problem('request.not_json')
  return parsed
}

function isSound(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (depth > DEPTH_MOST) return false
  if (Array.isArray(value)) return value.every(item => isSound(item, depth + 1))
  return Object.entries(value).every(([key, item]) => key !== '__proto__' && isSound(item, depth + 1))
}

/** The value as the schema wants it. Throws `request.invalid` with one fault for each thing wrong. */
export function fit(schema: z.ZodType, value: unknown): unknown {
  const read = schema.safeParse(value)
  if (read.success) return read.data
  throw new Problem('request.invalid', { faults: read.error.issues.slice(0, 50).flatMap(faultsOf) })
}

function faultsOf(issue: z.core.$ZodIssue): Fault[] {
  const path = issue.path.map(part => shown(String(part)))
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(key => faultAt([...path, shown(key)], 'field.unknown', TEXTS.unknown))
  }
  const [code, text] = ruleOf(issue)
  return [faultAt(path, code, text)]
}

function faultAt(path: readonly string[], code: string, text: Bilingual): Fault {
  return { field: path.join('.'), code, text }
}

/** A key may itself be something typed; what does not look like a field's name is not repeated. */
function shown(part: string): string {
  return /^([a-zA-Z][a-zA-Z0-9_]{0,39}|\d{1,4})$/.test(part) ? part : '*'
}

const TEXTS = {
  unknown: { da: 'Feltet kendes ikke.', en: 'The field is not known.' },
  missing: { da: 'Feltet mangler.', en: 'The field is missing.' },
  shape: { da: 'Værdien har ikke den rette form.', en: 'The value does not have the right form.' },
} as const

function ruleOf(issue: z.core.$ZodIssue): [code: string, text: Bilingual] {
  if (issue.code === 'invalid_type') {
    if (issue.input === undefined && /received undefined/.test(issue.message)) return ['field.missing', TEXTS.missing]
    return ['field.type', { da: `Skal være af typen ${issue.expected}.`, en: `Must be of type ${issue.expected}.` }]
  }
  if (issue.code === 'too_small') {
    return ['field.too_small', { da: `Mindst ${issue.minimum}.`, en: `At least ${issue.minimum}.` }]
  }
  if (issue.code === 'too_big') {
    return ['field.too_large', { da: `Højst ${issue.maximum}.`, en: `At most ${issue.maximum}.` }]
  }
  if (issue.code === 'invalid_value') {
    const values = issue.values.map(String).join(', ')
    return ['field.not_listed', { da: `En af: ${values}.`, en: `One of: ${values}.` }]
  }
  if (issue.code === 'invalid_format') {
    return ['field.format', { da: `Skal have formatet ${issue.format}.`, en: `Must have the format ${issue.format}.` }]
  }
  return ['field.rule', TEXTS.shape]
}
