/** The command that finds a person. What is searched for is asked for or read from input, never an argument. */
import type { Call, Command, Outcome } from '../platform/command.ts'
import { Problem, type Bilingual } from '../platform/problems.ts'
import { act, look } from '../platform/world.ts'
import * as work from '../work/work.ts'
import * as people from './people.ts'

const QUESTIONS: { readonly [by: string]: Bilingual } = {
  cpr: { da: 'CPR-nummer', en: 'CPR number' },
  email: { da: 'E-mailadresse', en: 'E-mail address' },
  phone: { da: 'Telefonnummer', en: 'Telephone number' },
  reference: { da: 'Klientens sagsnummer', en: 'The client’s case reference' },
}

const NOBODY: Bilingual = { da: 'Ingen person passer.', en: 'No person matches.' }

export const commands: readonly Command[] = [
  {
    name: 'person find',
    summary: { da: 'Find en person; svaret er et nummer og sager', en: 'Find a person; the answer is an id and cases' },
    options: {
      by: {
        type: 'string',
        value: 'cpr|email|phone|reference',
        text: { da: 'Hvad der søges med (cpr)', en: 'What to search by (cpr)' },
      },
      client: {
        type: 'string',
        value: 'NAME',
        text: { da: 'Klienten, ved sagsnummer', en: 'The client, for a reference' },
      },
    },
    run: find,
  },
]

async function find(call: Call): Promise<Outcome> {
  const by = String(call.options['by'] ?? 'cpr')
  const question = QUESTIONS[by]
  if (!question) throw new Problem('usage')
  const value = await call.ask(question)
  const world = await call.world()
  const actor = call.actor('api')
  const clientId = by === 'reference' ? (await look(world, actor, l => work.partyByName(l, client(call)))).partyId : ''
  const found = await act(world, actor, ctx => people.find(ctx, known(by, value, clientId)))
  if (found.length === 0) return { exit: 1, json: { people: [] }, lines: [NOBODY[call.language]] }
  return { json: { people: found }, lines: found.flatMap(linesOf) }
}

function known(by: string, value: string, clientId: string): people.By {
  if (by === 'email') return { email: value }
  if (by === 'phone') return { phone: value }
  return by === 'reference' ? { clientId, reference: value } : { cpr: value }
}

function client(call: Call): string {
  const name = call.options['client']
  if (typeof name !== 'string') throw new Problem('usage')
  return name
}

function linesOf({ subjectId, isProvisional, cases }: people.Found): string[] {
  const lines = cases.map(it =>
    `  ${it.caseId}  ${it.kind}  ${it.client ?? ''}  ${it.openedOn}  ${it.closedOn ?? ''}`.trimEnd(),
  )
  return [`${subjectId}${isProvisional ? '  (?)' : ''}`, ...lines]
}
