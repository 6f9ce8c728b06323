/** The commands of requests and of the objection. What a person wrote is asked for, never an argument. */
import type { Call, Command, OptionSpec, Outcome } from '../platform/command.ts'
import { Problem } from '../platform/problems.ts'
import { act, look } from '../platform/world.ts'
import * as people from '../people/people.ts'
import * as requests from './requests.ts'

const WHOSE: { readonly [name: string]: OptionSpec } = {
  case: { type: 'string', value: 'ID', text: { da: 'En sag, personen har', en: 'A case of the person' } },
  person: {
    type: 'string',
    value: 'ID',
    text: { da: 'Personen; ellers spørges om CPR-nummer', en: 'The person; else the CPR number is asked for' },
  },
}
const HOW: { readonly [name: string]: OptionSpec } = {
  channel: {
    type: 'string',
    value: 'CHANNEL',
    text: {
      da: 'letter, email, phone, inPerson eller api (letter)',
      en: 'letter, email, phone, inPerson or api (letter)',
    },
  },
  received: { type: 'string', value: 'DATE', text: { da: 'Dagen den kom (i dag)', en: 'The day it came (today)' } },
  record: { type: 'string', value: 'ID,…', text: { da: 'Kun disse oplysninger', en: 'These records only' } },
  'no-statement': { type: 'boolean', text: { da: 'Personen skrev intet', en: 'The person wrote nothing' } },
}
const KINDS = ['access', 'objection', 'erasure'] as const
const CHANNELS = ['letter', 'email', 'phone', 'inPerson', 'api'] as const

export const commands: readonly Command[] = [
  {
    name: 'object',
    summary: {
      da: 'Tag imod en indsigelse; oplysningerne begrænses straks',
      en: 'Take an objection; the records are restricted at once',
    },
    options: {
      ...WHOSE,
      ...HOW,
      disputed: { type: 'boolean', text: { da: 'Kravet i sagen bestrides', en: 'The claim of the case is disputed' } },
    },
    run: call => take(call, 'objection'),
  },
  {
    name: 'request open',
    args: '[access|objection|erasure]',
    summary: { da: 'Tag imod en anmodning', en: 'Take a request' },
    options: { ...WHOSE, ...HOW },
    run: call => take(call, oneOf(KINDS, call.args[0])),
  },
  {
    name: 'request list',
    summary: { da: 'Vis anmodninger med frist', en: 'Show requests with their day' },
    options: { all: { type: 'boolean', text: { da: 'Også de besvarede', en: 'The answered ones too' } } },
    run: list,
  },
  { name: 'request show', args: '[ID]', summary: { da: 'Vis én anmodning', en: 'Show one request' }, run: show },
]

async function take(call: Call, kind: requests.RequestKind): Promise<Outcome> {
  const channel = oneOf(CHANNELS, text(call, 'channel') || 'letter')
  const who = await asked(call)
  const isSilent = call.options['no-statement'] === true || kind === 'access'
  const statement = isSilent
    ? ''
    : await call.ask({ da: 'Det personen skrev (må være tomt)', en: 'What the person wrote (may be empty)' })
  const records = text(call, 'record').split(',').filter(Boolean)
  const caseId = 'caseId' in who ? who.caseId : ''
  const receipt = await act(await call.world(), call.actor('api'), async ctx =>
    requests.take(ctx, {
      subjectId: await people.whose(ctx, who),
      kind,
      channel,
      ...(caseId && { caseId }),
      ...(records.length > 0 && { records }),
      ...(text(call, 'received') && { receivedOn: text(call, 'received') }),
      ...(statement && { statement }),
      ...(call.options['disputed'] === true && { claim: 'disputed' as const }),
    }),
  )
  return { json: receipt, lines: receiptLines(receipt, call.language) }
}

async function list(call: Call): Promise<Outcome> {
  const state = call.options['all'] === true ? 'all' : 'open'
  const rows = (await look(await call.world(), call.actor('api'), l => requests.list(l, state))).map(requests.shown)
  return { json: { requests: rows }, lines: rows.map(line) }
}

async function show(call: Call): Promise<Outcome> {
  const [id] = call.args
  if (!id) throw new Problem('usage')
  const row = requests.shown(await look(await call.world(), call.actor('api'), l => requests.request(l, id)))
  return { json: row, lines: [line(row)] }
}

async function asked(call: Call): Promise<people.Who> {
  if (text(call, 'person')) return { subjectId: text(call, 'person') }
  if (text(call, 'case')) return { caseId: text(call, 'case') }
  return { cpr: await call.ask({ da: 'Personens CPR-nummer', en: 'The person’s CPR number' }) }
}

function receiptLines({ requestId, dueOn, restricted }: requests.Receipt, language: 'da' | 'en'): string[] {
  if (language === 'da') return [`Anmodning ${requestId}`, `Svar senest ${dueOn}`, `Begrænset nu: ${restricted}`]
  return [`Request ${requestId}`, `Answer by ${dueOn}`, `Restricted now: ${restricted}`]
}

function line(row: ReturnType<typeof requests.shown>): string {
  return [row.dueOn, row.kind, row.outcome ?? 'open', row.requestId, row.subjectId].join('  ')
}

function text(call: Call, name: string): string {
  const value = call.options[name]
  return typeof value === 'string' ? value : ''
}

function oneOf<T extends string>(allowed: readonly T[], value: string | undefined): T {
  const found = allowed.find(it => it === value)
  if (!found) throw new Problem('usage')
  return found
}
