/** The parties on the command line: clients with their keys, law firms and authorities. */
import type { Call, Command, OptionSpec, Outcome } from '../platform/command.ts'
import { fit } from '../platform/json-body.ts'
import { Problem } from '../platform/problems.ts'
import { locate, readFile } from '../platform/read-file.ts'
import { act, look } from '../platform/world.ts'
import { partyCvr, partyName } from './party.ts'
import * as work from './work.ts'

const KEY: { readonly [name: string]: OptionSpec } = {
  key: { type: 'string', value: 'age1…', text: { da: 'Offentlig age-nøgle', en: 'Public age key' } },
  'key-file': { type: 'string', value: 'FILE', text: { da: 'Fil med nøglen', en: 'File with the key' } },
}
const CVR: { readonly [name: string]: OptionSpec } = {
  cvr: { type: 'string', value: 'NUMBER', text: { da: 'CVR-nummer', en: 'Company number' } },
}

const NAMES = {
  client: { da: 'klient', en: 'client', one: 'a client' },
  lawyer: { da: 'advokat', en: 'law firm', one: 'a law firm' },
  authority: { da: 'myndighed', en: 'authority', one: 'an authority' },
} as const

export const commands: readonly Command[] = (['client', 'lawyer', 'authority'] as const).flatMap(kind => [
  add(kind),
  list(kind),
  setKey(kind),
])

function add(kind: work.PartyKind): Command {
  const { da, one } = NAMES[kind]
  return {
    name: `${kind} add`,
    args: 'NAME',
    summary: { da: `Registrér en ${da}`, en: `Register ${one}` },
    options: { ...CVR, ...KEY },
    run: async call => {
      const name = fit(partyName, nameOf(call)) as string
      const cvr = cvrOf(call)
      const ageRecipient = await keyOf(call)
      const row = await act(await call.world(), call.actor('api'), ctx =>
        work.register(ctx, { kind, name, cvr, ageRecipient }),
      )
      return { json: row, lines: [`${row.partyId}  ${row.name}`] }
    },
  }
}

function list(kind: work.PartyKind): Command {
  const { da, en } = NAMES[kind]
  return {
    name: `${kind} list`,
    summary: { da: `Vis hver registreret ${da}`, en: `Show every registered ${en}` },
    run: async call => {
      const rows = await look(await call.world(), call.actor('api'), from => work.parties(from, kind))
      return { json: rows, lines: rows.map(row => lineOf(row, call.language)) }
    },
  }
}

function setKey(kind: work.PartyKind): Command {
  const { da, one } = NAMES[kind]
  return {
    name: `${kind} key`,
    args: 'NAME',
    summary: { da: `Giv en ${da} en ny age-nøgle`, en: `Give ${one} a new age key` },
    options: KEY,
    run: async (call): Promise<Outcome> => {
      const ageRecipient = await keyOf(call)
      if (ageRecipient === null) throw new Problem('work.key_invalid')
      const partyId = await act(await call.world(), call.actor('api'), async ctx => {
        const row = await work.partyOfKind(ctx, kind, nameOf(call))
        await work.setKey(ctx, row.partyId, ageRecipient)
        return row.partyId
      })
      return { json: { partyId, ageRecipient }, lines: [partyId] }
    },
  }
}

function lineOf(row: work.PartyRow, language: 'da' | 'en'): string {
  const missing = language === 'da' ? 'ingen nøgle' : 'no key'
  return [row.partyId, row.name, row.cvr ?? '-', row.ageRecipient?.slice(0, 16) ?? missing].join('  ')
}

function nameOf(call: Call): string {
  const [name, ...rest] = call.args
  if (name === undefined || rest.length > 0) throw new Problem('usage')
  return name
}

function cvrOf(call: Call): string | null {
  const { cvr } = call.options
  try {
    return fit(partyCvr, typeof cvr === 'string' ? cvr : undefined) as string | null
  } catch {
    throw new Problem('request.invalid', { faults: [{ field: 'cvr', code: 'cvr' }] })
  }
}

async function keyOf(call: Call): Promise<string | null> {
  const { key, 'key-file': file } = call.options
  if (typeof key === 'string' && typeof file === 'string') throw new Problem('usage')
  if (typeof file === 'string')
    return work.checkedKey(lastLine(readFile(locate(call.cwd, file).file, 16_384).toString('utf8')))
  return typeof key === 'string' ? work.checkedKey(key) : null
}

/** `age-keygen` writes remarks above the recipient; the key is the last line that is no remark. */
function lastLine(text: string): string {
  const lines = text.split(/\r?\n/).filter(line => line.trim() !== '' && !line.startsWith('#'))
  return lines.at(-1) ?? ''
}
