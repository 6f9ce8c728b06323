/** Disclosures on the command line: make one, list a case's, fetch the encrypted package as a file. */
import { isId } from '../lib/id.ts'
import * as notices from '../notices/notices.ts'
import type { Call, Command, OptionSpec, Outcome } from '../platform/command.ts'
import { Problem } from '../platform/problems.ts'
import { locate } from '../platform/read-file.ts'
import { act, look, type Ctx } from '../platform/world.ts'
import { intoFolder, writeNewFile } from '../platform/write-file.ts'
import * as work from '../work/work.ts'
import * as disclosure from './disclosure.ts'

const KINDS = ['creditor', 'lawyer', 'authority', 'other'] as const
/** Nobody: what somebody is who is not registered here. */
const NOBODY = '00000000-0000-0000-0000-000000000000'

const text = (value: string, da: string, en: string): OptionSpec => ({ type: 'string', value, text: { da, en } })

export const commands: readonly Command[] = [
  {
    name: 'disclose',
    args: 'CASE',
    summary: {
      da: 'Videregiv en sag til dens kreditor, dens advokat eller en myndighed',
      en: 'Disclose a case to its creditor, its lawyer or an authority',
    },
    options: {
      to: text(KINDS.join('|'), 'Hvad modtageren er', 'What the recipient is'),
      party: text(
        'NAME',
        'Modtageren, som den er registreret; ellers sagens egen',
        'The recipient as registered; else the case’s own',
      ),
      demand: text('ID', 'Myndighedens registrerede forlangende', 'The authority’s recorded demand'),
      fields: text('a,b', 'Feltkoder; ellers alt, modtageren må få', 'Field codes; else all the recipient may have'),
      days: text('N', 'Dage, pakken kan hentes (14; højst 31)', 'Days the package can be fetched (14; 31 at most)'),
      held: text(notices.HOLD_GROUNDS.join('|'), 'Loven forbyder at give besked endnu', 'The law forbids telling yet'),
      review: text('YYYY-MM-DD', 'Dagen, det ses efter', 'The day it is looked at again'),
    },
    run: disclose,
  },
  {
    name: 'disclosure list',
    args: 'CASE',
    summary: { da: 'Vis sagens videregivelser', en: 'Show the case’s disclosures' },
    run: async call => {
      const rows = await look(await call.world(), call.actor('api'), from => disclosure.list(from, idOf(call)))
      const json = rows.map(({ contentSha256, ...row }) => ({ ...row, contentSha256: contentSha256.toString('hex') }))
      const line = (row: disclosure.ListRow) =>
        [row.disclosureId, row.recipientKind, row.disclosedAt.toISOString(), row.fields.join(',')].join('  ')
      return { json, lines: rows.map(line) }
    },
  },
  {
    name: 'disclosure fetch',
    args: 'ID',
    summary: { da: 'Hent pakken som en age-fil', en: 'Fetch the package as an age file' },
    options: { out: text('FILE', 'Fil eller mappe; ellers her', 'File or folder; else here') },
    run: fetchToFile,
  },
]

async function disclose(call: Call): Promise<Outcome> {
  const caseId = idOf(call)
  const kind = KINDS.find(it => it === call.options['to'])
  if (kind === undefined) throw usage('to', KINDS.join(', '))
  const made = await acting(call, async ctx => {
    const partyId = await partyNamed(ctx, option(call, 'party'))
    const recipient = { kind, partyId, demandId: demandOf(call) }
    const fields = option(call, 'fields')
      ?.split(',')
      .map(field => field.trim())
    return disclosure.disclose(ctx, { caseId, recipient, fields, days: daysOf(call), held: heldOf(call) })
  })
  const withheld = made.withheld.map(it => `  - ${it.category}: ${it.code} (${it.clause})`)
  return { json: made, lines: [`${made.disclosureId}  ${made.fields.join(',')}`, ...withheld] }
}

async function fetchToFile(call: Call): Promise<Outcome> {
  const fetched = await acting(call, ctx => disclosure.fetchPackage(ctx, idOf(call)))
  const file = intoFolder(locate(call.cwd, option(call, 'out') ?? '.').file, fetched.fileName)
  writeNewFile(file, fetched.bytes)
  return { json: { disclosureId: fetched.disclosureId, file, bytes: fetched.bytes.length }, lines: [file] }
}

async function acting<T>(call: Call, work: (ctx: Ctx) => Promise<T>): Promise<T> {
  return act(await call.world(), call.actor('api'), work)
}

/** A name nobody is registered under is refused like any stranger: by the clause, not by the spelling. */
async function partyNamed(ctx: Ctx, name: string | undefined): Promise<string | undefined> {
  if (name === undefined) return undefined
  return (await work.partyByName(ctx, name).catch(nobody)).partyId
}

function nobody(error: unknown): { readonly partyId: string } {
  if (error instanceof Problem && error.code === 'work.client_unknown') return { partyId: NOBODY }
  throw error
}

function heldOf(call: Call): notices.HoldTerms | undefined {
  const held = option(call, 'held')
  if (held === undefined) return undefined
  const ground = notices.HOLD_GROUNDS.find(it => it === held)
  if (ground === undefined) throw usage('held', notices.HOLD_GROUNDS.join(', '))
  return { ground, reviewOn: option(call, 'review') ?? '' }
}

function demandOf(call: Call): string | undefined {
  const id = option(call, 'demand')
  if (id !== undefined && !isId(id)) throw new Problem('not_found')
  return id
}

function daysOf(call: Call): number | undefined {
  const days = option(call, 'days')
  return days === undefined ? undefined : Number(days)
}

function option(call: Call, name: string): string | undefined {
  const value = call.options[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}

function idOf(call: Call): string {
  const [id, ...rest] = call.args
  if (id === undefined || rest.length > 0) throw new Problem('usage')
  if (!isId(id)) throw new Problem('not_found')
  return id
}

function usage(name: string, values: string): Problem {
  const detail = { da: `--${name} skal være en af: ${values}.`, en: `--${name} must be one of: ${values}.` }
  return new Problem('usage', { detail })
}
