/** `indsigt scan`: opens a site as its visitors do, and holds what it sees against the register. */
import { formatHtml } from '../../scanner/format-html.ts'
import { formatJson, reportBytes } from '../../scanner/format-json.ts'
import { formatJunit } from '../../scanner/format-junit.ts'
import { formatSarif } from '../../scanner/format-sarif.ts'
import { PERSONAS, type Finding, type Message, type Persona, type SignedReport } from '../../scanner/report.ts'
import type { Register } from '../../sdk/wire.ts'
import * as ledger from '../ledger/ledger.ts'
import type { Call, Command, ExitCode, Outcome } from '../platform/command.ts'
import { hasInstallation } from '../platform/data-folder.ts'
import { Problem, toLines } from '../platform/problems.ts'
import { locate, readFile } from '../platform/read-file.ts'
import { writeNewFile } from '../platform/write-file.ts'
import { act, type World } from '../platform/world.ts'
import * as policy from '../policy/policy.ts'
import { readFormer, readRegister, readScript, type Read } from './register-file.ts'
import { registerOf } from './register-of.ts'
import { allowedIn, scan, SCAN_DEFAULTS, type ScanOrder, type Sign } from './scan.ts'
import { scanOptions } from './scan-options.ts'
import { recordScan } from './scans.ts'
import { registerFor } from './settings.ts'

const FILE_MOST = 16 * 1024 * 1024
const FORMATS = ['html', 'sarif', 'junit'] as const

export const scanCommand: Command = {
  name: 'scan',
  args: 'URL…',
  summary: {
    da: 'Scan et websted for cookies og hold det op mod cookielisten',
    en: 'Scan a site for cookies and hold it against the cookie list',
  },
  options: scanOptions,
  formats: FORMATS,
  run: async call => {
    const urls = urlsOf(call)
    const world = await installation(call)
    const order = { ...orderOf(call, urls), register: registerOfCall(call, urls, world) }
    const former = textOf(call, 'against')
    const against = former === undefined ? undefined : mustRead(readFormer(fileText(call, former)))
    const signed = await scan(order, {
      sign: world ? signOf(world) : null,
      ...(against && { against }),
      onProgress: message => call.progress(progressLine(message, call.language)),
    })
    const refused = world && isKept(call) ? await keep(call, world, signed) : null
    return { ...answer(call, signed), ...(refused && { aside: toLines(refused, call.language) }) }
  },
}

/** Only a scan of the site itself against the list in force says something of the promises. */
function isKept({ options }: Call): boolean {
  return options['no-store'] !== true && options['register'] === undefined && options['site'] === undefined
}

/** Null when it was kept. Why it was not is told beside the report, which somebody waited for. */
async function keep(call: Call, world: World, signed: SignedReport): Promise<Problem | null> {
  if (signed.report.registerSha256 === null) return null
  try {
    await act(world, call.actor('api'), ctx => recordScan(ctx, { ...signed, bytes: reportBytes(signed.report) }))
    return null
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
}

/** The world, when there is an installation to open; a scan makes none. */
async function installation(call: Call): Promise<World | null> {
  const wish = { data: textOf(call, 'data'), keys: textOf(call, 'keys'), env: call.env, cwd: call.cwd }
  return hasInstallation(wish) ? call.world() : null
}

/** The list: a file's, else that of the policy in force, else none at all. */
function registerOfCall(call: Call, urls: readonly string[], world: World | null): Register | null {
  const host = textOf(call, 'site') ?? new URL(urls[0] ?? '').hostname
  const file = textOf(call, 'register')
  if (file !== undefined) return fromFile(fileText(call, file), host)
  if (!world?.rules) return null
  const register = registerFor(world, host)
  if (register === null) throw new Problem('scan.site_not_listed')
  return register
}

function fromFile(text: string, host: string): Register {
  if (/^\s*\{/.test(text)) return mustRead(readRegister(text))
  const examined = policy.examine(Buffer.from(text))
  if (!examined.ok) {
    const faults = examined.problems.map(it => ({ field: it.path, line: it.line, code: it.code, text: it.message }))
    throw new Problem('policy.invalid', { faults })
  }
  const { document, sha256 } = examined.policy
  const register = registerOf(document, { host, version: document.revision, sha256, policyUrl: '/policy' })
  if (register === null) throw new Problem('scan.site_not_listed')
  return register
}

function orderOf(call: Call, urls: readonly string[]): Omit<ScanOrder, 'register'> {
  const script = textOf(call, 'script')
  return {
    urls,
    as: textOf(call, 'site') ?? null,
    personas: personasOf(call),
    pagesMax: numberOf(call, 'pages', { least: 1, most: 500, usual: SCAN_DEFAULTS.pagesMax }),
    dwellMs: 1000 * numberOf(call, 'dwell', { least: 1, most: 120, usual: SCAN_DEFAULTS.dwellMs / 1000 }),
    pageLimitMs: SCAN_DEFAULTS.pageLimitMs,
    scanLimitMs: 1000 * numberOf(call, 'limit', { least: 10, most: 7200, usual: SCAN_DEFAULTS.scanLimitMs / 1000 }),
    script: script === undefined ? [] : mustRead(readScript(fileText(call, script))),
    allow: [...allowedIn(textOf(call, 'allow')), ...allowedIn(call.env['INDSIGT_SCAN_ALLOW'])],
  }
}

function signOf(world: World): Sign {
  const key = world.keys.signerPublicKey.toString('base64')
  return digest => ({ by: ledger.ORIGIN, publicKey: key, value: world.keys.sign(digest).toString('base64') })
}

function answer(call: Call, signed: SignedReport): Outcome {
  const format = formatOf(call)
  const file = textOf(call, 'output')
  const exit = exitOf(call, signed)
  const document = documentOf(signed, format, call.language)
  if (file === undefined) {
    const lines = document === null ? summary(signed, call.language) : [document.replace(/\n$/, '')]
    return { exit, json: signed, lines }
  }
  const path = locate(call.cwd, file).file
  writeNewFile(path, Buffer.from(document ?? formatHtml(signed, call.language)))
  const { report } = signed
  return {
    exit,
    json: { file: path, scanId: report.scanId, site: report.site, findings: tally(report.findings) },
    lines: [...summary(signed, call.language), path],
  }
}

function documentOf(signed: SignedReport, format: string, language: 'da' | 'en'): string | null {
  if (format === 'json') return formatJson(signed)
  if (format === 'html') return formatHtml(signed, language)
  if (format === 'sarif') return formatSarif(signed, language)
  if (format === 'junit') return formatJunit(signed, language)
  return null
}

const BY_ENDING: { readonly [ending: string]: string } = { html: 'html', json: 'json', sarif: 'sarif', xml: 'junit' }

/** As asked for, else by the ending of the file. */
function formatOf(call: Call): string {
  const named = textOf(call, 'format')
  if (named !== undefined) return named
  const ending = /\.(\w+)$/.exec(textOf(call, 'output') ?? '')?.[1]?.toLowerCase() ?? ''
  return BY_ENDING[ending] ?? 'text'
}

/** 1 for a breach (or a doubt, when asked for), and for a scan that saw no page: its silence proves nothing. */
function exitOf(call: Call, { report }: SignedReport): ExitCode {
  const failOn = textOf(call, 'fail-on') ?? 'breach'
  if (!['breach', 'doubt', 'never'].includes(failOn)) throw usage('--fail-on breach|doubt|never')
  if (failOn === 'never') return 0
  const counts = tally(report.findings)
  const isBad = counts.breach > 0 || (failOn === 'doubt' && counts.doubt > 0) || report.coverage.pages.length === 0
  return isBad ? 1 : 0
}

function summary({ report, signature }: SignedReport, language: 'da' | 'en'): string[] {
  const isDanish = language === 'da'
  const { breach, doubt, note } = tally(report.findings)
  const { pages, personas, notReached } = report.coverage
  const told = report.findings.filter(finding => finding.severity !== 'note')
  const severity = { breach: isDanish ? 'brud' : 'breach', doubt: isDanish ? 'tvivl' : 'doubt', note: '' }
  return [
    ...told.map(
      it => `${severity[it.severity].padEnd(6)} ${it.clause.padEnd(3)} ${it.code}  ${it.kind} ${it.name}  ${it.host}`,
    ),
    ...(told.length > 0 ? [''] : []),
    isDanish
      ? `${report.site}: brud ${breach}, i tvivl ${doubt}, bemærkninger ${note}.`
      : `${report.site}: breaches ${breach}, in doubt ${doubt}, notes ${note}.`,
    isDanish
      ? `Sider set: ${pages.length}, som ${personas.length} slags besøgende; ikke nået: ${notReached.length}.`
      : `Pages seen: ${pages.length}, as ${personas.length} kinds of visitor; not reached: ${notReached.length}.`,
    ...(report.registerSha256 === null
      ? [isDanish ? 'Ingen liste var givet: alt er i tvivl.' : 'No list was given: all is in doubt.']
      : []),
    ...(signature === null ? [isDanish ? 'Rapporten er ikke underskrevet.' : 'The report is not signed.'] : []),
  ]
}

function progressLine(message: Extract<Message, { type: 'progress' | 'page' }>, language: 'da' | 'en'): string {
  const { persona, page } = message.type === 'page' ? message.page : message
  const word = message.type === 'page' ? (language === 'da' ? 'set' : 'seen') : '…'
  return `${persona} ${word} ${page}`.slice(0, 100)
}

function urlsOf({ args }: Call): readonly string[] {
  const urls = args.filter(url => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol))
  if (urls.length === 0 || urls.length < args.length) throw usage('indsigt scan https://…')
  return urls
}

function personasOf(call: Call): readonly Persona[] {
  const named = textOf(call, 'personas')
  if (named === undefined) return PERSONAS
  const words = named.split(',').map(word => word.trim())
  const known = PERSONAS.filter(persona => words.includes(persona))
  if (known.length === 0 || known.length < new Set(words).size) throw usage(`--personas ${PERSONAS.join(',')}`)
  return known
}

type Bounds = { readonly least: number; readonly most: number; readonly usual: number }

function numberOf(call: Call, name: string, { least, most, usual }: Bounds): number {
  const text = textOf(call, name)
  if (text === undefined) return usual
  const number = Number(text)
  if (!(Number.isInteger(number) && number >= least && number <= most)) throw usage(`--${name} ${least}–${most}`)
  return number
}

function mustRead<T>(read: Read<T>): T {
  if (!read.ok) throw new Problem('scan.file_invalid', { faults: read.faults })
  return read.value
}

function fileText(call: Call, name: string): string {
  return readFile(locate(call.cwd, name).file, FILE_MOST).toString('utf8')
}

function textOf({ options }: Call, name: string): string | undefined {
  const value = options[name]
  return typeof value === 'string' ? value : undefined
}

function usage(right: string): Problem {
  return new Problem('usage', { detail: { da: `Brug: ${right}`, en: `Use: ${right}` } })
}

function tally(findings: readonly Finding[]) {
  const count = (severity: Finding['severity']) => findings.filter(finding => finding.severity === severity).length
  return { breach: count('breach'), doubt: count('doubt'), note: count('note') }
}
