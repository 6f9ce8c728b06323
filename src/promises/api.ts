/** The evidence board as JSON, for anybody. */
import { z } from 'zod'
import { route, type Route } from '../platform/route.ts'
import * as promises from './promises.ts'

const text = z.strictObject({ da: z.string(), en: z.string() })
const status = z.enum(['broken', 'deviation', 'kept', 'notMeasured', 'notBuilt'])
const figure = z.strictObject({
  label: text,
  value: z.string(),
  mustBeZero: z.boolean().optional(),
  limit: z.strictObject({ now: z.number(), most: z.number() }).optional(),
})
const clause = z.strictObject({
  id: z.string(),
  section: z.string(),
  text,
  rule: text,
  law: z.array(z.string()),
  state: status,
  enforced: z.array(z.strictObject({ where: z.string(), what: text })),
  figures: z.array(figure),
  why: text.optional(),
})

const board = route({
  method: 'get',
  path: '/v1/promises',
  id: 'getPromises',
  summary: {
    da: 'Alle løfter med regel, døre og de senest målte tal.',
    en: 'All promises with their rules, doors and the figures last measured.',
  },
  tasks: [],
  isPublic: true,
  response: z.strictObject({
    measuredAt: z.iso.datetime(),
    policy: z.strictObject({ version: z.union([z.number(), z.string()]), sha256: z.string(), adoptedAt: z.string() }),
    ledger: z.strictObject({ entries: z.int(), signedAt: z.iso.datetime().nullable() }),
    summary: z.strictObject({
      total: z.int(),
      broken: z.int(),
      deviation: z.int(),
      kept: z.int(),
      notMeasured: z.int(),
      notBuilt: z.int(),
    }),
    sections: z.array(z.strictObject({ code: z.string(), title: text })),
    clauses: z.array(clause),
  }),
  handle: async ({ world }) => {
    const measured = await promises.board(world)
    const clauses = measured.clauses.map(it => ({ ...it, state: promises.statusOf(it) }))
    return { body: { ...measured, summary: promises.summarise(measured), clauses } }
  },
})

export const routes: readonly Route[] = [board]
