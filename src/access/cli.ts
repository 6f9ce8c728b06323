/** The command that answers a person who asks what we hold: it opens the request, makes the reply and closes it. */
import type { Call, Command, Outcome } from '../platform/command.ts'
import { act, actOnSnapshot } from '../platform/world.ts'
import * as people from '../people/people.ts'
import * as requests from '../requests/requests.ts'
import * as access from './access.ts'

export const commands: readonly Command[] = [
  {
    name: 'access',
    summary: {
      da: 'Det fulde svar på en anmodning om indsigt, som JSON',
      en: 'The complete reply to an access request, as JSON',
    },
    options: {
      request: {
        type: 'string',
        value: 'ID',
        text: { da: 'En åben anmodning; ellers åbnes en', en: 'An open request; else one is opened' },
      },
      case: { type: 'string', value: 'ID', text: { da: 'En sag, personen har', en: 'A case of the person' } },
      person: {
        type: 'string',
        value: 'ID',
        text: { da: 'Personen; ellers spørges om CPR-nummer', en: 'The person; else the CPR number is asked for' },
      },
    },
    run: answer,
  },
]

async function answer(call: Call): Promise<Outcome> {
  const world = await call.world()
  const actor = call.actor('api')
  const named = text(call, 'request')
  const who = named ? null : await asked(call)
  // The request is taken first, by itself: a reply that fails leaves it open with its day.
  const requestId = who ? await act(world, actor, ctx => open(ctx, who)) : named
  const reply = await actOnSnapshot(world, actor, ctx => access.give(ctx, requestId))
  return { json: reply, lines: JSON.stringify(reply, null, 2).split('\n') }
}

async function open(ctx: Parameters<typeof requests.open>[0], who: people.Who): Promise<string> {
  const subjectId = await people.whose(ctx, who)
  return (await requests.open(ctx, { subjectId, kind: 'access', channel: 'inPerson' })).requestId
}

async function asked(call: Call): Promise<people.Who> {
  if (text(call, 'person')) return { subjectId: text(call, 'person') }
  if (text(call, 'case')) return { caseId: text(call, 'case') }
  return { cpr: await call.ask({ da: 'Personens CPR-nummer', en: 'The person’s CPR number' }) }
}

function text(call: Call, name: string): string {
  const value = call.options[name]
  return typeof value === 'string' ? value : ''
}
