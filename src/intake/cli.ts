/** Imports and reviews on the command line. */
import { z } from 'zod'
import type { Call, Command, Outcome } from '../platform/command.ts'
import { Problem } from '../platform/problems.ts'
import { openProgress } from '../platform/progress.ts'
import { locate, readFile } from '../platform/read-file.ts'
import { openSource, type Source } from '../platform/spool.ts'
import { act, look } from '../platform/world.ts'
import * as intake from './intake.ts'
import { reviewLine, shownReport, sumLines } from './views.ts'

const importFile: Command = {
  name: 'import',
  args: 'FILE',
  summary: {
    da: 'Tag en klients portefølje ind (CSV). Samme fil igen ændrer intet; en afbrudt import fortsætter.',
    en: 'Take in a client’s portfolio (CSV). The same file again changes nothing; one cut short goes on.',
  },
  options: {
    client: {
      type: 'string',
      value: 'NAME',
      text: { da: 'Klienten, som den er oprettet', en: 'The client as registered' },
    },
    'dry-run': {
      type: 'boolean',
      text: { da: 'Sig, hvad der ville ske; skriv intet', en: 'Say what would happen; write nothing' },
    },
    mapping: {
      type: 'string',
      value: 'FILE',
      text: { da: 'Kolonneopsætning (JSON)', en: 'Column mapping (JSON)' },
    },
    rejects: {
      type: 'string',
      value: 'FILE',
      text: { da: 'Skriv også afviste linjer hertil', en: 'Write rejected lines here as well' },
    },
  },
  run: async call => {
    const [file] = call.args
    const client = call.options['client']
    if (file === undefined || typeof client !== 'string') throw wrongUse()
    const mapping = mappingOf(call)
    const source = await openSource(locate(call.cwd, file).file)
    try {
      return await (call.options['dry-run'] === true ? rehearsed : delivered)(call, source, { client, mapping })
    } finally {
      await source.close()
    }
  },
}

const list: Command = {
  name: 'import list',
  summary: { da: 'Vis de nyeste importer', en: 'List the newest imports' },
  run: async call => {
    const reports = await look(await call.world(), call.actor('import'), intake.list)
    const line = (report: intake.Report) =>
      `${report.importId}  ${report.receivedAt.toISOString().slice(0, 16)}  ${report.state.padEnd(10)}  ${report.rows}  ${report.client}`
    return { json: { imports: reports.map(shownReport) }, lines: reports.map(line) }
  },
}

const abandon: Command = {
  name: 'import abandon',
  args: 'ID',
  summary: {
    da: 'Opgiv en import, der ikke er læst til ende; det, der er taget ind, bliver',
    en: 'Give up an import that was not read to its end; what was taken stays',
  },
  run: async call => {
    const importId = z.uuid().safeParse(call.args[0])
    if (!importId.success) throw new Problem('usage', { faults: [{ field: 'ID', code: 'usage' }] })
    const [world, actor] = [await call.world(), call.actor('import')]
    await intake.abandon(world, actor, importId.data)
    const report = await look(world, actor, from => intake.reportOf(from, importId.data))
    const said = call.language === 'da' ? 'Opgivet; taget ind var:' : 'Abandoned; taken in was:'
    return { json: shownReport(report), lines: [said, ...sumLines(report, call.language)] }
  },
}

const reviews: Command = {
  name: 'review list',
  summary: { da: 'Vis rækker, der venter på et menneske', en: 'List rows that wait for a person' },
  run: async call => {
    const rows = await look(await call.world(), call.actor('api'), intake.reviews)
    return { json: { reviews: rows }, lines: rows.map(reviewLine) }
  },
}

const settle: Command = {
  name: 'review settle',
  args: 'ID',
  summary: {
    da: 'Afgør en række: samme person som i en sag, en ny person, eller ikke taget ind',
    en: 'Settle a row: the same person as in a case, a new person, or not taken',
  },
  options: {
    as: { type: 'string', value: 'same|new|refused', text: { da: 'Afgørelsen', en: 'The decision' } },
    case: {
      type: 'string',
      value: 'CASE',
      text: { da: 'Sagen, hvis person det er', en: 'The case whose person it is' },
    },
  },
  run: async call => {
    const wish = SETTLEMENT.safeParse({ reviewId: call.args[0], as: call.options['as'], caseId: call.options['case'] })
    if (!wish.success)
      throw new Problem('usage', {
        faults: wish.error.issues.map(issue => ({ field: issue.path.join('.'), code: issue.code })),
      })
    const settled = await act(await call.world(), call.actor('api'), ctx => intake.settle(ctx, wish.data))
    return { json: settled, lines: [call.language === 'da' ? 'Rækken er afgjort.' : 'The row is settled.'] }
  },
}

export const commands: readonly Command[] = [importFile, list, abandon, reviews, settle]

const SETTLEMENT = z.strictObject({
  reviewId: z.uuid(),
  as: z.enum(['same', 'new', 'refused']),
  caseId: z.uuid().optional(),
})

const MAPPING = z.strictObject({
  columns: z
    .array(z.strictObject({ header: z.string().min(1).max(200), field: z.enum([...intake.FIELDS, 'ignore']) }))
    .max(256),
  decimal: z.enum([',', '.']).optional(),
})
const MAPPING_MOST = 64 * 1024

function mappingOf(call: Call): intake.Mapping | undefined {
  const file = call.options['mapping']
  if (typeof file !== 'string') return undefined
  const parsed = MAPPING.safeParse(jsonOf(readFile(locate(call.cwd, file).file, MAPPING_MOST)))
  if (parsed.success) return parsed.data as intake.Mapping
  const faults = parsed.error.issues.map(issue => ({ field: issue.path.join('.'), code: issue.code }))
  throw new Problem('usage', {
    detail: { da: 'Kolonneopsætningen passer ikke.', en: 'The column mapping does not fit.' },
    faults,
  })
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    throw new Problem('request.not_json')
  }
}

type Wish = { readonly client: string; readonly mapping: intake.Mapping | undefined }

async function delivered(call: Call, source: Source, wish: Wish): Promise<Outcome> {
  const world = await call.world()
  const actor = call.actor('import')
  const clientId = await intake.clientByName(world, actor, wish.client)
  const { mapping } = wish
  const done = await intake.deliver(world, actor, source, { clientId, mapping, progress: progressOf(call, source) })
  const copy = call.options['rejects']
  const rejectsFile = typeof copy === 'string' ? locate(call.cwd, copy).file : done.rejectsFile
  if (typeof copy === 'string') await intake.writeRejects(world, actor, done.importId, rejectsFile)
  const said = call.language === 'da' ? SAID.da : SAID.en
  const { isRepeat, unknownColumns } = done
  const lines = [
    ...(isRepeat ? [said.repeat] : []),
    ...(unknownColumns.length > 0 ? [`${said.unknown} ${unknownColumns.join(', ')}`] : []),
    ...sumLines(done, call.language),
    ...(done.rejected + done.remarks > 0 ? [`${said.rejects} ${rejectsFile}`] : []),
  ]
  return { json: { ...shownReport(done), isRepeat, unknownColumns, dryRun: false, rejectsFile }, lines }
}

async function rehearsed(call: Call, source: Source, wish: Wish): Promise<Outcome> {
  const world = await call.world()
  const actor = call.actor('import')
  const clientId = await intake.clientByName(world, actor, wish.client)
  const { mapping } = wish
  const sums = await intake.rehearse(world, actor, source, { clientId, mapping, progress: progressOf(call, source) })
  const said = call.language === 'da' ? SAID.da : SAID.en
  return { json: { ...sums, dryRun: true }, lines: [said.dry, ...sumLines(sums, call.language)] }
}

function progressOf(call: Call, source: Source) {
  const unit = call.language === 'da' ? 'rækker' : 'rows'
  const bar = openProgress(line => call.progress(line), unit, call.language)
  return (bytes: number, rows: number) => bar.tell(bytes, source.size, rows)
}

function wrongUse(): Problem {
  const detail = { da: 'Brug: indsigt import FIL --client NAVN', en: 'Usage: indsigt import FILE --client NAME' }
  return new Problem('usage', { detail })
}

const SAID = {
  da: {
    repeat: 'Filen var taget ind før; intet er ændret.',
    dry: 'Det ville der ske (intet er skrevet):',
    rejects: 'Afviste linjer:',
    unknown: 'Kolonner, der ikke kendes og ikke er taget med (S14):',
  },
  en: {
    repeat: 'The file had been taken in before; nothing changed.',
    dry: 'This would happen (nothing is written):',
    rejects: 'Rejected lines:',
    unknown: 'Columns nobody knows, which were not taken (S14):',
  },
}
