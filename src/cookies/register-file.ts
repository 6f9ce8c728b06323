/** Registers, log-in scripts and former reports from files: read strictly, faults by field. Pure. */
import { z } from 'zod'
import type { Report, Step } from '../../scanner/report.ts'
import { COOKIE_FACTS, type Register } from '../../sdk/wire.ts'
import type { Fault } from '../platform/problems.ts'

const name = z.string().min(1).max(256)
const host = z.string().regex(/^[a-z0-9-]+(\.[a-z0-9-]+)*$/)
const sentence = z.strictObject({ da: z.string().max(2000), en: z.string().max(2000) })
const fact = z.enum(COOKIE_FACTS)

const entry = z.strictObject({
  name,
  kind: z.enum(['cookie', 'localStorage', 'sessionStorage', 'indexedDB', 'cache', 'pixel']),
  site: host,
  setter: name,
  category: name,
  purpose: sentence,
  lifetime: z.string().regex(/^(session|P\d{1,4}[YMD])$/),
  lifetimeSeconds: z.int().positive().nullable(),
  secure: z.boolean(),
  httpOnly: z.boolean(),
  sameSite: z.enum(['Strict', 'Lax', 'None']).nullable(),
  values: z.array(z.string().max(4096)).max(100).nullable(),
  isRandom: z.boolean(),
})

const rule = z.strictObject({
  id: name,
  clause: name,
  code: name,
  article: name,
  text: sentence,
  effect: z.enum(['permit', 'forbid']),
  when: z.array(fact),
  unless: z.array(fact),
})

const register = z.strictObject({
  format: z.literal('indsigt-register/1'),
  site: host,
  includesSubdomains: z.boolean(),
  controller: name,
  policyVersion: z.int().positive(),
  policySha256: z.string().regex(/^[0-9a-f]{64}$/),
  policyUrl: z.string().max(2000),
  kinds: z.array(z.enum(['persistent', 'session'])).min(1),
  bytesMax: z.int().positive(),
  lifetimeMaxSeconds: z.int().positive(),
  choiceCookie: name,
  choiceSeconds: z.int().nonnegative(),
  categories: z
    .array(
      z.strictObject({
        code: name,
        title: sentence,
        text: sentence,
        isNecessary: z.boolean(),
        signals: z.array(name).max(20),
      }),
    )
    .max(50),
  entries: z.array(entry).max(1000),
  guides: z.array(z.strictObject({ name, url: z.string().max(2000) })).max(50),
  rules: z.array(rule).max(200),
})

const step = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('open'), url: z.url({ protocol: /^https?$/ }) }),
  z.strictObject({ do: z.literal('fill'), selector: name, value: z.string().max(1000) }),
  z.strictObject({ do: z.literal('click'), selector: name }),
  z.strictObject({ do: z.literal('wait'), selector: name }),
])

const former = z.object({
  report: z.object({ format: z.literal('indsigt-scan/1'), scanId: name, findings: z.array(z.object({ id: name })) }),
})

/** What was read, or what is wrong with it, by field. */
export type Read<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly faults: readonly Fault[] }

/** A register from JSON; one that contradicts itself is refused with each contradiction. */
export function readRegister(text: string): Read<Register> {
  const read = parsed<Register>(register, text)
  const faults = read.ok ? contradictions(read.value) : read.faults
  return faults.length > 0 ? { ok: false, faults } : read
}

/** The steps of a log-in from JSON. */
export function readScript(text: string): Read<readonly Step[]> {
  return parsed<readonly Step[]>(z.array(step).max(50), text)
}

/** A former report from JSON, as far as a difference needs it. */
export function readFormer(text: string): Read<Report> {
  const read = parsed(former, text)
  return read.ok ? { ok: true, value: read.value.report as unknown as Report } : read
}

/** What a register says against itself. */
function contradictions({ entries, categories, choiceCookie, kinds, lifetimeMaxSeconds }: Register): Fault[] {
  const codes = new Set(categories.map(it => it.code))
  const hasChoice = entries.length === 0 || entries.some(it => it.name === choiceCookie)
  const ofEntries = entries.flatMap((it, index) => {
    const isSession = it.lifetime === 'session'
    const isTwice = entries.findIndex(other => keyOf(other) === keyOf(it)) < index
    return [
      ...fault(!codes.has(it.category), `entries.${index}.category`, CATEGORY),
      ...fault(isSession !== (it.lifetimeSeconds === null), `entries.${index}.lifetimeSeconds`, LIFETIME),
      ...fault(isSession && it.kind === 'cookie' && !kinds.includes('session'), `entries.${index}.lifetime`, SESSION),
      ...fault((it.lifetimeSeconds ?? 0) > lifetimeMaxSeconds, `entries.${index}.lifetime`, TOO_LONG),
      ...fault(isTwice, `entries.${index}.name`, TWICE),
      ...fault(/\*\*|^\*$/.test(it.name), `entries.${index}.name`, PATTERN),
    ]
  })
  return [...ofEntries, ...fault(!hasChoice, 'choiceCookie', NO_CHOICE)]
}

type Said = { readonly code: string; readonly text: { readonly da: string; readonly en: string } }

const said = (code: string, da: string, en: string): Said => ({ code: `cookies.${code}`, text: { da, en } })
const CATEGORY = said('category_unknown', 'kategorien står ikke på listen', 'the category is not on the list')
const LIFETIME = said('lifetime_contradicts', 'levetid og sekunder passer ikke sammen', 'lifetime and seconds differ')
const SESSION = said('session_not_used', 'listen bruger ikke sessionscookies', 'the list uses no session cookies')
const TOO_LONG = said('lives_too_long', 'længere end listens længste', 'longer than the longest of the list')
const TWICE = said('twice', 'står der to gange', 'stands there twice')
const PATTERN = said('pattern', 'mønsteret passer på alt', 'the pattern fits everything')
const NO_CHOICE = said('no_choice', 'cookien står ikke på listen', 'the cookie is not on the list')

function fault(isWrong: unknown, field: string, { code, text }: Said): Fault[] {
  return isWrong === true ? [{ field, code, text }] : []
}

const keyOf = ({ kind, name, site }: Register['entries'][number]): string => [kind, name, site].join('\n')

function parsed<T>(schema: z.ZodType<T>, text: string): Read<T> {
  const read = schema.safeParse(json(text))
  if (read.success) return { ok: true, value: read.data }
  const faults = read.error.issues.slice(0, 50).map(issue => ({
    field: issue.path.join('.'),
    code: issue.path.length === 0 && issue.code === 'invalid_type' ? 'request.not_json' : `cookies.${issue.code}`,
  }))
  return { ok: false, faults }
}

/** Undefined for what is no JSON: no schema takes it. */
function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
