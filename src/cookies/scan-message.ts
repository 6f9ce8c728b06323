/** What the scanner's child says, read strictly: it met hostile pages, so a line counts only when it has this shape. */
import { z } from 'zod'
import { PERSONAS, type Message } from '../../scanner/report.ts'

const text = z.string().max(4096)
const long = z.string().max(262_144)
const persona = z.enum(PERSONAS)
const phase = z.enum(['before', 'rejected', 'accepted', 'withdrawn', 'returned', 'gpc'])
const kind = z.enum(['cookie', 'localStorage', 'sessionStorage', 'indexedDB', 'cache', 'pixel'])
const party = z.enum(['first', 'third'])
const stack = z.array(text).max(16)
const count = z.number().nonnegative()

const sighting = z.object({
  persona,
  phase,
  kind,
  party,
  stack,
  page: text,
  name: text,
  host: text,
  path: text,
  value: long,
  raw: long.nullable(),
  via: z.enum(['http', 'script', 'worker', 'unknown']),
  keptSeconds: z.number().nullable().optional(),
  secure: z.boolean(),
  httpOnly: z.boolean(),
  sameSite: text.nullable(),
  partitioned: z.boolean(),
  outcome: z.enum(['kept', 'refused', 'gone']),
  reason: text.nullable(),
  initiator: text.nullable(),
  atMs: z.number(),
  event: z.enum(['set', 'respawn', 'left']),
})

const request = z.object({
  persona,
  phase,
  party,
  page: text,
  host: text,
  path: text,
  query: long,
  body: long,
  type: text,
  initiator: text.nullable(),
  isBeacon: z.boolean(),
  status: z.number().nullable(),
  atMs: z.number(),
})

const api = z.object({
  persona,
  phase,
  stack,
  page: text,
  api: z.enum(['canvas', 'webgl', 'audio', 'fonts', 'battery', 'mediaDevices', 'webrtc', 'keyboard', 'plugins']),
  script: text.nullable(),
})

const page = z.object({
  persona,
  page: text,
  outcome: z.enum([
    'seen',
    'timedOut',
    'redirectLoop',
    'certificate',
    'loginNeeded',
    'tooLarge',
    'crashed',
    'unreachable',
    'refusedAddress',
  ]),
  status: z.number().nullable(),
  dwellMs: count,
  bytes: count,
  banner: text.nullable(),
  rejectOnFirstLayer: z.boolean().nullable(),
  isFair: z.boolean().nullable(),
  guideLinks: z.array(text).max(50),
  choiceControl: z.boolean(),
  words: z.int().nonnegative(),
  isReadable: z.boolean(),
})

const guide = z.object({ url: text, status: z.int().min(100).max(599).nullable() })

const message = z.discriminatedUnion('type', [
  z.object({ type: z.literal('progress'), persona, page: text, phase }),
  z.object({ type: z.literal('sighting'), sighting }),
  z.object({ type: z.literal('request'), request }),
  z.object({ type: z.literal('api'), api }),
  z.object({ type: z.literal('page'), page }),
  z.object({ type: z.literal('guide'), guide }),
  z.object({ type: z.literal('done'), browser: text, sandboxed: z.boolean(), uid: z.number().nullable() }),
])

/** The message of a line, or null for a line that is none. */
export function readMessage(line: string): Message | null {
  try {
    const read = message.safeParse(JSON.parse(line))
    return read.success ? (read.data as Message) : null
  } catch {
    return null
  }
}
