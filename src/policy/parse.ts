/** Reads a policy file: YAML 1.2 core schema, bounded, to a typed document or a list of problems with places. */
import { createHash } from 'node:crypto'
import { isMap, isScalar, LineCounter, parseDocument, visit, type Document } from 'yaml'
import type { z } from 'zod'
import { documentSchema } from './document.ts'
import { policyProblem, type Locate, type Path, type PolicyProblem } from './problem-list.ts'
import type { PolicyDocument, Text } from './types.ts'

export const FILE_BYTES_MAX = 1_048_576
const ALIASES_MAX = 100
const PROBLEMS_MAX = 50

export type ParsedPolicy = {
  readonly document: PolicyDocument
  /** SHA-256 of the file's bytes, lower-case hex. */
  readonly sha256: string
  readonly locate: Locate
}
export type ParseResult =
  | { readonly ok: true; readonly policy: ParsedPolicy }
  | { readonly ok: false; readonly problems: readonly PolicyProblem[] }

/** Reads a policy file's bytes. Problems carry line, column, code and remedy; nothing is thrown for a bad file. */
export function parse(file: Uint8Array | string): ParseResult {
  const bytes = typeof file === 'string' ? Buffer.from(file, 'utf8') : file
  if (bytes.byteLength > FILE_BYTES_MAX) return failed([whole('policy.file_too_large', TOO_LARGE)])
  const text = decode(bytes)
  if (text === undefined) return failed([whole('policy.file_not_utf8', NOT_UTF8)])
  const lines = new LineCounter()
  const yaml = parseDocument(text, {
    version: '1.2',
    schema: 'core',
    uniqueKeys: true,
    merge: false,
    lineCounter: lines,
  })
  if (yaml.errors.length > 0) return failed(yaml.errors.map(syntaxProblem))
  const locate = locator(yaml, lines)
  const hostile = reservedKeys(yaml, lines)
  if (hostile.length > 0) return failed(hostile)
  return read({ yaml, locate, sha256: createHash('sha256').update(bytes).digest('hex') })
}

function read(from: { yaml: Document.Parsed; locate: Locate; sha256: string }): ParseResult {
  let value: unknown
  try {
    value = from.yaml.toJS({ maxAliasCount: ALIASES_MAX })
  } catch {
    return failed([whole('policy.too_many_aliases', TOO_MANY_ALIASES)])
  }
  const result = documentSchema.safeParse(value)
  if (!result.success) return failed(result.error.issues.map(issue => shapeProblem(issue, from.locate)))
  return { ok: true, policy: { document: result.data, sha256: from.sha256, locate: from.locate } }
}

function failed(problems: readonly PolicyProblem[]): ParseResult {
  return { ok: false, problems: problems.slice(0, PROBLEMS_MAX) }
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function locator(yaml: Document.Parsed, lines: LineCounter): Locate {
  return path => {
    for (let depth = path.length; depth >= 0; depth -= 1) {
      const offset = offsetAt(yaml, path.slice(0, depth))
      if (offset !== undefined) return placeOf(lines, offset)
    }
    return { line: 1, column: 1 }
  }
}

// A pair is pointed at by its key, because that is where the reader looks.
function offsetAt(yaml: Document.Parsed, path: Path): number | undefined {
  const parent = path.length === 0 ? undefined : yaml.getIn(path.slice(0, -1), true)
  const last = path.at(-1)
  const container = path.length === 1 ? yaml.contents : parent
  if (isMap(container)) {
    const pair = container.items.find(item => isScalar(item.key) && String(item.key.value) === String(last))
    return isScalar(pair?.key) ? pair.key.range?.[0] : undefined
  }
  const node = path.length === 0 ? yaml.contents : yaml.getIn(path, true)
  return (node as { range?: [number, number, number] | null } | undefined)?.range?.[0]
}

function placeOf(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset)
  return { line, column: col }
}

// Keys such as __proto__ or constructor could reach JavaScript's own objects; no code of a policy needs them.
function reservedKeys(yaml: Document.Parsed, lines: LineCounter): PolicyProblem[] {
  const found: PolicyProblem[] = []
  visit(yaml, {
    Pair(_, pair) {
      const key = isScalar(pair.key) ? pair.key : undefined
      if (key !== undefined && typeof key.value === 'string' && !(key.value in Object.prototype)) return
      const place = placeOf(lines, key?.range?.[0] ?? 0)
      found.push({ code: 'policy.reserved_key', ...place, path: '', ...RESERVED })
    },
  })
  return found
}

function syntaxProblem(error: {
  message: string
  code: string
  linePos?: [{ line: number; col: number }, ...unknown[]]
}) {
  const twice = error.code === 'DUPLICATE_KEY'
  const place = { line: error.linePos?.[0].line ?? 0, column: error.linePos?.[0].col ?? 0 }
  return twice
    ? { code: 'policy.key_twice', ...place, path: '', ...KEY_TWICE }
    : { code: 'policy.not_yaml', ...place, path: '', ...NOT_YAML }
}

function shapeProblem(issue: z.core.$ZodIssue, locate: Locate): PolicyProblem {
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined
  const base = issue.path.filter(step => typeof step !== 'symbol')
  const path = unknown === undefined ? base : [...base, unknown]
  const words = SHAPES[issue.code] ?? INVALID
  return policyProblem({
    code: words.code,
    path,
    locate,
    message: words.message,
    remedy: allowedValues(issue) ?? words.remedy,
  })
}

function allowedValues(issue: z.core.$ZodIssue): Text | undefined {
  if (issue.code !== 'invalid_value') return undefined
  const values = issue.values.map(String).join(', ')
  return { da: `Brug en af: ${values}.`, en: `Use one of: ${values}.` }
}

function whole(code: string, words: Words): PolicyProblem {
  return { code, line: 1, column: 1, path: '', ...words }
}

type Words = { readonly message: Text; readonly remedy: Text }
const TOO_LARGE: Words = {
  message: { da: 'Filen er større end 1 MB.', en: 'The file is larger than 1 MB.' },
  remedy: { da: 'Del eller forkort politikken.', en: 'Split or shorten the policy.' },
}
const NOT_UTF8: Words = {
  message: { da: 'Filen er ikke UTF-8.', en: 'The file is not UTF-8.' },
  remedy: { da: 'Gem den som UTF-8.', en: 'Save it as UTF-8.' },
}
const TOO_MANY_ALIASES: Words = {
  message: { da: 'Filen bruger for mange henvisninger (*navn).', en: 'The file uses too many aliases (*name).' },
  remedy: { da: 'Skriv værdierne ud.', en: 'Write the values out.' },
}
const RESERVED: Words = {
  message: { da: 'Denne nøgle er forbeholdt og må ikke bruges.', en: 'This key is reserved and may not be used.' },
  remedy: { da: 'Vælg en anden kode.', en: 'Choose another code.' },
}
const KEY_TWICE: Words = {
  message: { da: 'Den samme nøgle står to gange.', en: 'The same key is written twice.' },
  remedy: { da: 'Behold én af dem.', en: 'Keep one of them.' },
}
const NOT_YAML: Words = {
  message: { da: 'Teksten kan ikke læses som YAML her.', en: 'The text cannot be read as YAML here.' },
  remedy: {
    da: 'Se efter indrykning, kolon og anførselstegn på linjen.',
    en: 'Check indentation, colon and quotation marks on the line.',
  },
}
const INVALID: Words & { readonly code: string } = {
  code: 'policy.value_invalid',
  message: { da: 'Værdien har ikke den form, den skal have.', en: 'The value does not have the form it must have.' },
  remedy: {
    da: 'Se feltets form i policies/policy.schema.json.',
    en: 'See the form of the field in policies/policy.schema.json.',
  },
}
const SHAPES: { readonly [code: string]: Words & { readonly code: string } } = {
  unrecognized_keys: {
    code: 'policy.key_unknown',
    message: { da: 'Nøglen kendes ikke her.', en: 'The key is not known here.' },
    remedy: { da: 'Ret stavemåden, eller fjern den.', en: 'Correct the spelling, or remove it.' },
  },
  invalid_type: {
    code: 'policy.value_missing_or_wrong_type',
    message: {
      da: 'Værdien mangler eller er af en forkert slags.',
      en: 'The value is missing or of the wrong kind.',
    },
    remedy: {
      da: 'Skriv værdien; sæt anførselstegn om tekst, der ligner et tal.',
      en: 'Write the value; put quotation marks around text that looks like a number.',
    },
  },
  invalid_value: {
    code: 'policy.value_not_in_list',
    message: { da: 'Værdien står ikke på listen.', en: 'The value is not on the list.' },
    remedy: { da: 'Brug en værdi fra listen.', en: 'Use a value from the list.' },
  },
}
