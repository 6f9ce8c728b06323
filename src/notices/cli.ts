/** The commands of notices. They show and take ids, kinds, states and dates, and never say who somebody is. */
import { join } from 'node:path'
import type { Call, Command, Outcome } from '../platform/command.ts'
import { Problem } from '../platform/problems.ts'
import { act, look, type Ctx } from '../platform/world.ts'
import * as notices from './notices.ts'

const HOLD_TEXT = { da: 'Hold en besked tilbage efter en lov', en: 'Hold a notice back under a law' }

export const commands: readonly Command[] = [
  {
    name: 'notices list',
    summary: { da: 'Vis beskeder: id, slags, tilstand og frist', en: 'Show notices: id, kind, state and due date' },
    options: {
      due: { type: 'boolean', text: { da: 'Kun dem, der skal sendes nu', en: 'Only those to be sent now' } },
      state: {
        type: 'string',
        value: 'STATE',
        text: { da: notices.STATES.join(', '), en: notices.STATES.join(', ') },
      },
      after: { type: 'string', value: 'ID', text: { da: 'Fortsæt efter dette id', en: 'Go on after this id' } },
    },
    run: list,
  },
  {
    name: 'notices send',
    summary: {
      da: 'Send det, der skal sendes: mail eller breve til print',
      en: 'Send what is due: mail, or letters to print',
    },
    options: {
      limit: { type: 'string', value: 'N', text: { da: 'Højst så mange (1-200)', en: 'At most so many (1-200)' } },
      ahead: {
        type: 'string',
        value: 'DAYS',
        text: { da: 'Dage før fristen (0-366, ellers 7)', en: 'Days before the due date (0-366, else 7)' },
      },
    },
    run: send,
  },
  {
    name: 'notices hold',
    args: 'ID',
    summary: HOLD_TEXT,
    options: {
      ground: {
        type: 'string',
        value: 'GROUND',
        text: { da: notices.HOLD_GROUNDS.join(', '), en: notices.HOLD_GROUNDS.join(', ') },
      },
      review: {
        type: 'string',
        value: 'DATE',
        text: { da: 'Ses efter senest (højst 12 måneder)', en: 'Looked at again by (12 months at most)' },
      },
    },
    run: hold,
  },
  one('notices release', { da: 'Slip en tilbageholdt besked fri', en: 'Release a notice held back' }, notices.release),
  one('notices returned', { da: 'Den kom retur', en: 'It came back' }, notices.recordReturn),
  one('notices delivered', { da: 'Den nåede frem', en: 'It arrived' }, notices.recordDelivery),
  one(
    'notices requeue',
    { da: 'Send en eskaleret besked igen', en: 'Send an escalated notice again' },
    notices.requeue,
  ),
  {
    name: 'notices printed',
    args: 'BATCH',
    summary: {
      da: 'Brevene er trykt og sendt: filerne slettes',
      en: 'The letters are printed and posted: their files are erased',
    },
    run: printed,
  },
]

function one(name: string, summary: Command['summary'], verb: (ctx: Ctx, noticeId: string) => Promise<void>): Command {
  return {
    name,
    args: 'ID',
    summary,
    run: async call => {
      const noticeId = idOf(call)
      await act(await call.world(), call.actor('api'), ctx => verb(ctx, noticeId))
      return { json: { noticeId }, lines: [noticeId] }
    },
  }
}

async function list(call: Call): Promise<Outcome> {
  const after = text(call, 'after')
  const state = text(call, 'state')
  const known = notices.STATES.find(it => it === state)
  if (state && !known) throw wrong('state')
  if (after && !UUID.test(after)) throw wrong('after')
  const rows = await look(await call.world(), call.actor('api'), it =>
    call.options['due'] === true
      ? notices.due(it, after || undefined)
      : notices.list(it, { ...(known && { state: known }), ...(after && { after }) }),
  )
  const shown = rows.map(notices.summaryOf)
  const line = (it: notices.Summary) =>
    [it.noticeId, it.kind, it.state, it.dueOn, it.channel ?? '-', it.failure ?? it.batchId ?? ''].join('  ').trimEnd()
  return { json: { notices: shown }, lines: shown.map(line) }
}

async function send(call: Call): Promise<Outcome> {
  const settings = notices.settingsFrom(call.env)
  if (!settings.ok)
    throw new Problem('notices.settings', { faults: [{ field: settings.variable, code: 'notices.settings' }] })
  const limit = number(call, { name: 'limit', least: 1, most: notices.BATCH_MAX, otherwise: notices.BATCH_MAX })
  const leadDays = number(call, { name: 'ahead', least: 0, most: 366, otherwise: notices.LEAD_DAYS })
  const world = await call.world()
  const sent = await notices.send(world, call.actor('worker'), { mail: settings.mail, limit, leadDays })
  const counts = SENT[call.language](sent)
  if (!sent.batchId) return { json: sent, lines: [counts] }
  const folder = join(world.dispatchFolder, 'letters', sent.batchId)
  const next = { da: 'Print og send brevene, og kør så', en: 'Print and post the letters, then run' }[call.language]
  return { json: { ...sent, folder }, lines: [counts, folder, `${next}: indsigt notices printed ${sent.batchId}`] }
}

const SENT = {
  da: (sent: notices.Sent) =>
    `Mail: ${sent.mailed}. Breve: ${sent.written}. Retur: ${sent.returned}. Senere: ${sent.later}. ` +
    `Til en sagsbehandler: ${sent.escalated}.`,
  en: (sent: notices.Sent) =>
    `Mails: ${sent.mailed}. Letters: ${sent.written}. Returned: ${sent.returned}. Later: ${sent.later}. ` +
    `For a case worker: ${sent.escalated}.`,
}

async function hold(call: Call): Promise<Outcome> {
  const noticeId = idOf(call)
  const ground = notices.HOLD_GROUNDS.find(it => it === text(call, 'ground'))
  if (!ground) throw wrong('ground')
  await act(await call.world(), call.actor('api'), ctx =>
    notices.hold(ctx, noticeId, { ground, reviewOn: text(call, 'review') }),
  )
  return { json: { noticeId }, lines: [noticeId] }
}

async function printed(call: Call): Promise<Outcome> {
  const batchId = idOf(call)
  const letters = await notices.printed(await call.world(), call.actor('worker'), batchId)
  return { json: { batchId, letters }, lines: [`${letters}`] }
}

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/

function idOf(call: Call): string {
  const id = call.args[0] ?? ''
  if (!UUID.test(id)) throw wrong('ID')
  return id
}

function text(call: Call, name: string): string {
  const value = call.options[name]
  return typeof value === 'string' ? value : ''
}

type Wanted = { readonly name: string; readonly least: number; readonly most: number; readonly otherwise: number }

function number(call: Call, { name, least, most, otherwise }: Wanted): number {
  const given = text(call, name)
  if (given === '') return otherwise
  const value = /^\d{1,4}$/.test(given) ? Number(given) : Number.NaN
  if (!(value >= least && value <= most)) throw wrong(name)
  return value
}

function wrong(field: string): Problem {
  return new Problem('usage', { faults: [{ field, code: 'usage' }] })
}
