/** The commands by which a request is decided and the answer noted as given. */
import type { Call, Command, Outcome } from '../platform/command.ts'
import { Problem } from '../platform/problems.ts'
import { act } from '../platform/world.ts'
import { REASONS, type RequestOutcome } from '../requests/requests.ts'
import * as decisions from './decisions.ts'

const OUTCOMES = ['given', 'upheld', 'refused', 'partly'] as const
const CHANNELS = ['letter', 'email', 'hand'] as const
const CODES = Object.keys(REASONS).join(', ')

export const commands: readonly Command[] = [
  {
    name: 'request decide',
    args: '[ID]',
    summary: { da: 'Afgør en anmodning; grunden er påkrævet', en: 'Decide a request; the reason is required' },
    options: {
      outcome: {
        type: 'string',
        value: 'OUTCOME',
        text: { da: 'upheld, refused, partly eller given', en: 'upheld, refused, partly or given' },
      },
      reason: { type: 'string', value: 'CODE', text: { da: CODES, en: CODES } },
      record: {
        type: 'string',
        value: 'ID,…',
        text: {
          da: 'Ved partly: de oplysninger, der gives medhold i',
          en: 'With partly: the records decided for the person',
        },
      },
    },
    run: decide,
  },
  {
    name: 'request told',
    args: '[ID]',
    summary: {
      da: 'Personen har fået svaret; begrænsninger ophæves',
      en: 'The person was told; restrictions are lifted',
    },
    options: {
      channel: {
        type: 'string',
        value: 'CHANNEL',
        text: { da: 'letter, email eller hand (letter)', en: 'letter, email or hand (letter)' },
      },
    },
    run: told,
  },
]

async function decide(call: Call): Promise<Outcome> {
  const [id, outcome, reason] = [call.args[0], text(call, 'outcome'), text(call, 'reason')]
  if (!id || !isOutcome(outcome)) throw new Problem('usage')
  const records = text(call, 'record').split(',').filter(Boolean)
  const decision = { outcome, reason, ...(records.length > 0 && { records }) }
  const decided = await act(await call.world(), call.actor('api'), ctx => decisions.decide(ctx, id, decision))
  return { json: decided, lines: linesOf(decided, call.language) }
}

async function told(call: Call): Promise<Outcome> {
  const channel = CHANNELS.find(it => it === (text(call, 'channel') || 'letter'))
  const [id] = call.args
  if (!id || !channel) throw new Problem('usage')
  const released = await act(await call.world(), call.actor('api'), ctx => decisions.told(ctx, id, channel))
  return { json: { released }, lines: released.map(it => `released  ${it}`) }
}

function linesOf({ outcome, reason, records, tell }: decisions.Decided, language: 'da' | 'en'): string[] {
  return [
    `${outcome} (${reason})`,
    ...records.map(it => `  ${it.recordId}  ${it.outcome}  ${it.until ?? ''}  ${it.text[language]} (${it.clause})`),
    ...tell.map(it => `  ${language === 'da' ? 'Giv besked til' : 'Tell'}: ${it.name}`),
  ]
}

function isOutcome(value: string): value is RequestOutcome {
  return OUTCOMES.some(it => it === value)
}

function text(call: Call, name: string): string {
  const value = call.options[name]
  return typeof value === 'string' ? value : ''
}
