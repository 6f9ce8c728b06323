/** The commands of consents. The person is named by case or CPR number; the number is asked for, never an argument. */
import { parseCpr } from '../lib/cpr.ts'
import type { Call, Command, OptionSpec, Outcome } from '../platform/command.ts'
import { Problem } from '../platform/problems.ts'
import { readFile } from '../platform/read-file.ts'
import { act, type Ctx } from '../platform/world.ts'
import * as subjects from '../subjects/subjects.ts'
import * as work from '../work/work.ts'
import * as consents from './consents.ts'

const WHOSE: { readonly [name: string]: OptionSpec } = {
  case: {
    type: 'string',
    value: 'ID',
    text: {
      da: 'Sagen, personen har; ellers spørges om CPR-nummer',
      en: 'A case of the person; else the CPR number is asked for',
    },
  },
}
const WHAT: { readonly [name: string]: OptionSpec } = {
  purpose: { type: 'string', value: 'PURPOSE', text: { da: 'Formål i politikken', en: 'Purpose in the policy' } },
  channel: { type: 'string', value: 'CHANNEL', text: { da: 'Kanal, f.eks. email', en: 'Channel, e.g. email' } },
  recipient: {
    type: 'string',
    value: 'NAME',
    text: { da: 'Modtageren, som den er registreret', en: 'The recipient as registered' },
  },
}
const WORDS: { readonly [name: string]: OptionSpec } = {
  'text-file': {
    type: 'string',
    value: 'FILE',
    text: { da: 'De viste ord (UTF-8); ellers spørges om dem', en: 'The words shown (UTF-8); else they are asked for' },
  },
  'text-version': { type: 'string', value: 'VERSION', text: { da: 'Tekstens udgave', en: 'Version of the words' } },
  language: { type: 'string', value: 'da|en', text: { da: 'Tekstens sprog', en: 'Language of the words' } },
  'valid-until': { type: 'string', value: 'DATE', text: { da: 'Sidste dag, det gælder', en: 'Last day it holds' } },
}

export const commands: readonly Command[] = [
  {
    name: 'consent give',
    summary: { da: 'Registrér et samtykke', en: 'Record a consent' },
    options: { ...WHOSE, ...WHAT, ...WORDS },
    run: call => say(call, consents.give),
  },
  {
    name: 'consent refuse',
    summary: { da: 'Registrér et nej', en: 'Record a refusal' },
    options: { ...WHOSE, ...WHAT, ...WORDS },
    run: call => say(call, consents.refuse),
  },
  {
    name: 'consent withdraw',
    summary: { da: 'Træk et samtykke tilbage', en: 'Withdraw a consent' },
    options: { ...WHOSE, ...WHAT },
    run: withdraw,
  },
  {
    name: 'consent list',
    summary: { da: 'Vis en persons samtykker', en: 'Show a person’s consents' },
    options: WHOSE,
    run: list,
  },
]

async function say(call: Call, record: typeof consents.give): Promise<Outcome> {
  const who = await whose(call)
  const text = await words(call)
  const language = option(call, 'language') === 'en' ? 'en' : 'da'
  const consent = await act(await call.world(), call.actor('api'), async ctx => {
    const validUntil = option(call, 'valid-until') || null
    const key = { subjectId: await personOf(ctx, who), ...(await keyOf(ctx, call)) }
    return record(ctx, { ...key, text, textVersion: option(call, 'text-version'), language, validUntil })
  })
  return { json: consent, lines: [`${consent.state}: ${consent.consentId}`] }
}

async function withdraw(call: Call): Promise<Outcome> {
  const who = await whose(call)
  const withdrawn = await act(await call.world(), call.actor('api'), async ctx =>
    consents.withdraw(ctx, { subjectId: await personOf(ctx, who), ...(await keyOf(ctx, call)) }),
  )
  return { json: { withdrawn }, lines: withdrawn.map(id => `withdrawn: ${id}`) }
}

async function list(call: Call): Promise<Outcome> {
  const who = await whose(call)
  const rows = await act(await call.world(), call.actor('api'), async ctx =>
    consents.read(ctx, await personOf(ctx, who)),
  )
  const line = (row: consents.ConsentHistory) =>
    [row.consentId, row.state, row.purpose, row.channel, row.recipientId ?? '', row.textVersion].join('  ').trimEnd()
  return { json: { consents: rows }, lines: rows.map(line) }
}

type Who = { readonly caseId: string } | { readonly cpr: string }

/** Asks for the CPR number when no case is named. */
async function whose(call: Call): Promise<Who> {
  const caseId = option(call, 'case')
  if (caseId) return { caseId }
  const parsed = parseCpr(await call.ask({ da: 'Personens CPR-nummer', en: 'The person’s CPR number' }))
  if (!parsed.ok) throw new Problem('request.invalid', { faults: [{ field: 'cpr', code: parsed.code }] })
  return { cpr: parsed.value.kind === 'cpr' ? parsed.value.digits : parsed.value.id }
}

async function personOf(ctx: Ctx, who: Who): Promise<string> {
  if ('cpr' in who) return subjects.findOne(ctx, 'cpr', who.cpr)
  return (await work.relationship(ctx, who.caseId)).subjectId
}

async function keyOf(ctx: Ctx, call: Call) {
  const name = option(call, 'recipient')
  const recipientId = name ? (await work.partyByName(ctx, name)).partyId : null
  return { purpose: option(call, 'purpose'), channel: option(call, 'channel'), recipientId }
}

function words(call: Call): Promise<string> | string {
  const file = option(call, 'text-file')
  if (file)
    return readFile(file, 64 * 1024)
      .toString('utf8')
      .trim()
  return call.ask({ da: 'De ord, personen fik vist', en: 'The words shown to the person' })
}

function option(call: Call, name: string): string {
  const value = call.options[name]
  return typeof value === 'string' ? value : ''
}
