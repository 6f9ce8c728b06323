/** Cases on the command line. References and payments are asked for or read, never arguments. */
import type { Call, Command, OptionSpec, Outcome } from '../platform/command.ts'
import { isId } from '../lib/id.ts'
import { fit, parseJson } from '../platform/json-body.ts'
import { Problem } from '../platform/problems.ts'
import { act, look, type Ctx } from '../platform/world.ts'
import * as policy from '../policy/policy.ts'
import * as work from '../work/work.ts'
import { z } from 'zod'
import * as cases from './cases.ts'

const CLOSE_REASONS = ['paid', 'recalled', 'assigned', 'timeBarred', 'notOwed'] as const
const HOLD_REASONS = ['dispute', 'claim', 'authority'] as const

const text = (value: string, da: string, en: string): OptionSpec => ({ type: 'string', value, text: { da, en } })
const REASON = (values: readonly string[]) => ({ reason: text(values.join('|'), 'Grunden', 'The reason') })
const CLIENT = { client: text('NAME', 'Klienten, som den er registreret', 'The client as registered') }

export const commands: readonly Command[] = [
  {
    name: 'case show',
    args: 'CASE',
    summary: { da: 'Læs en åben sag; læsningen føres i protokollen', en: 'Read an open case; the reading is entered' },
    run: async call => {
      const file = await acting(call, ctx => cases.show(ctx, caseOf(call)))
      const { document } = policy.current({ world: await call.world() })
      const isMasked = (field: string) => document.fields[field]?.masked === true
      return { json: file, lines: linesOf(file, isMasked) }
    },
  },
  {
    name: 'case list',
    summary: { da: 'Vis en klients sager: numre, tilstand, datoer', en: 'Show a client’s cases: ids, states, dates' },
    options: { ...CLIENT, after: text('CASE', 'Vis dem efter denne', 'Show those after this one') },
    run: async call => {
      const after = call.options['after']
      if (after !== undefined && !isId(after)) throw new Problem('usage')
      const rows = await look(await call.world(), call.actor('api'), async from => {
        const { partyId } = await work.partyOfKind(from, 'client', needed(call, 'client'))
        return cases.list(from, partyId, after)
      })
      return {
        json: rows,
        lines: rows.map(row => `${row.caseId}  ${row.state}  ${row.openedOn}  ${row.closedOn ?? '-'}`),
      }
    },
  },
  {
    name: 'case find',
    args: 'CLIENT',
    summary: {
      da: 'Find en sag; klientens sagsnummer spørges der om',
      en: 'Find a case; the client’s reference is asked for',
    },
    run: async call => {
      const reference = await call.ask({ da: 'Klientens sagsnummer: ', en: 'The client’s reference: ' })
      const caseId = await look(await call.world(), call.actor('api'), async from => {
        const { partyId } = await work.partyOfKind(from, 'client', call.args.join(' '))
        return cases.find(from, partyId, reference)
      })
      return { json: { caseId }, lines: [caseId] }
    },
  },
  {
    name: 'case close',
    args: 'CASE',
    summary: { da: 'Luk en sag; fristen for sletning begynder', en: 'Close a case; its time to erasure begins' },
    options: { ...REASON(CLOSE_REASONS), date: text('YYYY-MM-DD', 'Dagen; ellers i dag', 'The day; else today') },
    run: async call => {
      const reason = oneOf(call, 'reason', CLOSE_REASONS)
      const { date } = call.options
      const closing = { caseId: caseOf(call), reason, ...(typeof date === 'string' && { closedOn: date }) }
      const view = await acting(call, ctx => cases.close(ctx, closing))
      return { json: view, lines: [`${view.caseId}  ${view.state}  ${view.closedOn}  ${view.closeReason}`] }
    },
  },
  {
    name: 'case lawyer',
    args: 'CASE',
    summary: { da: 'Giv sagen en advokat', en: 'Give the case a lawyer' },
    options: { lawyer: text('NAME', 'Advokaten, som den er registreret', 'The law firm as registered') },
    run: async call => {
      const lawyerId = await acting(call, async ctx => {
        const { partyId } = await work.partyOfKind(ctx, 'lawyer', needed(call, 'lawyer'))
        await cases.assignLawyer(ctx, caseOf(call), partyId)
        return partyId
      })
      return { json: { caseId: caseOf(call), lawyerId }, lines: [lawyerId] }
    },
  },
  {
    name: 'demand add',
    args: 'CASE',
    summary: {
      da: 'Registrér en myndigheds forlangende; dets nummer spørges der om',
      en: 'Record an authority’s demand; its reference is asked for',
    },
    options: {
      authority: text('NAME', 'Myndigheden, som den er registreret', 'The authority as registered'),
      basis: text('LAW', 'Hjemlen, f.eks. paragraf og lov', 'The legal basis, e.g. section and act'),
      fields: text('a,b', 'Feltkoder, det dækker', 'Field codes it covers'),
      demanded: text('YYYY-MM-DD', 'Dagen, det er fra', 'The day it is of'),
      until: text('YYYY-MM-DD', 'Sidste dag, det gælder', 'Last day it holds'),
    },
    run: addDemand,
  },
  {
    name: 'demand list',
    args: 'CASE',
    summary: { da: 'Vis sagens forlangender', en: 'Show the case’s demands' },
    run: async call => {
      const rows = await look(await call.world(), call.actor('api'), from => cases.demandsOf(from, caseOf(call)))
      const line = (row: (typeof rows)[number]) =>
        `${row.demandId}  ${row.authority}  ${row.validUntil}  ${row.fields.join(',')}`
      return { json: rows, lines: rows.map(line) }
    },
  },
  {
    name: 'payment add',
    args: 'CASE',
    summary: { da: 'Bogfør en betaling (JSON på standardinput)', en: 'Enter a payment (JSON on standard input)' },
    run: async call => {
      const payment = fit(paymentSchema, parseJson(Buffer.from(await call.input(), 'utf8'))) as cases.PaymentInput
      const made = await acting(call, ctx => cases.recordPayment(ctx, caseOf(call), payment))
      return { json: made, lines: [`${made.voucherId}  ${made.floorUntil}`] }
    },
  },
  {
    name: 'hold add',
    args: 'CASE',
    summary: { da: 'Sæt en grund til ikke at slette endnu', en: 'Place a reason not to erase yet' },
    options: {
      ...REASON(HOLD_REASONS),
      review: text('YYYY-MM-DD', 'Dagen, den ses efter', 'The day it is looked at again'),
    },
    run: async call => {
      const hold = {
        caseId: caseOf(call),
        reason: oneOf(call, 'reason', HOLD_REASONS),
        reviewOn: needed(call, 'review'),
      }
      await acting(call, ctx => cases.hold(ctx, hold))
      return { json: hold, lines: [`${hold.caseId}  ${hold.reason}  ${hold.reviewOn}`] }
    },
  },
  {
    name: 'hold lift',
    args: 'CASE',
    summary: { da: 'Ophæv en grund til ikke at slette', en: 'Lift a reason not to erase' },
    options: REASON(HOLD_REASONS),
    run: async call => {
      const lifted = await acting(call, ctx => cases.liftHold(ctx, caseOf(call), oneOf(call, 'reason', HOLD_REASONS)))
      return { json: { caseId: caseOf(call), lifted }, lines: [String(lifted)] }
    },
  },
  {
    name: 'hold list',
    summary: {
      da: 'Vis grunde, der står, de første til eftersyn først',
      en: 'Show reasons that stand, the first to be reviewed first',
    },
    run: async call => {
      const rows = await look(await call.world(), call.actor('api'), cases.holds)
      return {
        json: rows,
        lines: rows.map(row => `${row.caseId}  ${row.reason}  ${row.reviewOn}${row.isLate ? '  !' : ''}`),
      }
    },
  },
]

const paymentSchema = z.strictObject(
  Object.fromEntries(cases.PAYMENT_FIELDS.map(field => [field, z.string().max(400).optional()])),
)

async function addDemand(call: Call): Promise<Outcome> {
  const reference = await call.ask({ da: 'Myndighedens sagsnummer: ', en: 'The authority’s reference: ' })
  const demandId = await acting(call, async ctx => {
    const { partyId } = await work.partyOfKind(ctx, 'authority', needed(call, 'authority'))
    return cases.recordDemand(ctx, caseOf(call), {
      authorityId: partyId,
      reference,
      legalBasis: needed(call, 'basis'),
      fields: needed(call, 'fields')
        .split(',')
        .map(field => field.trim()),
      demandedOn: needed(call, 'demanded'),
      validUntil: needed(call, 'until'),
    })
  })
  return { json: { demandId }, lines: [demandId] }
}

async function acting<T>(call: Call, work: (ctx: Ctx) => Promise<T>): Promise<T> {
  return act(await call.world(), call.actor('api'), work)
}

function caseOf(call: Call): string {
  const [caseId, ...rest] = call.args
  if (caseId === undefined || rest.length > 0) throw new Problem('usage')
  if (!isId(caseId)) throw new Problem('not_found')
  return caseId
}

function needed(call: Call, name: string): string {
  const value = call.options[name]
  if (typeof value === 'string' && value !== '') return value
  throw new Problem('usage', { detail: { da: `--${name} mangler.`, en: `--${name} is missing.` } })
}

function oneOf<Value extends string>(call: Call, name: string, values: readonly Value[]): Value {
  const value = values.find(it => it === call.options[name])
  if (value !== undefined) return value
  const list = values.join(', ')
  throw new Problem('usage', {
    detail: { da: `--${name} skal være en af: ${list}.`, en: `--${name} must be one of: ${list}.` },
  })
}

function linesOf(file: cases.CaseFile, isMasked: (field: string) => boolean): string[] {
  const values = file.records.flatMap(record =>
    Object.entries(record.values).map(
      ([field, value]) => `  ${field}: ${isMasked(field) ? `${value.slice(0, 6)}-xxxx` : value}`,
    ),
  )
  const withheld = file.withheld.map(it => `  - ${it.category}: ${it.code} (${it.clause})`)
  return [`${file.caseId}  ${file.state}  ${file.openedOn}`, ...values, ...withheld]
}
