/** Cookies on the command line: the officer's report, scans, what is scanned by itself, and the register of a site. */
import type { Call, Command, Outcome } from '../platform/command.ts'
import { Problem } from '../platform/problems.ts'
import { locate } from '../platform/read-file.ts'
import { writeNewFile } from '../platform/write-file.ts'
import { act, look } from '../platform/world.ts'
import * as policy from '../policy/policy.ts'
import { scanCommand } from './cli-scan.ts'
import * as cookies from './cookies.ts'

const SITE = { type: 'string', value: 'HOST', text: { da: 'Kun dette websted', en: 'This site only' } } as const

const report: Command = {
  name: 'cookies report',
  summary: {
    da: 'Rapporten til databeskyttelsesrådgiveren, som én HTML-side',
    en: 'The report for the data protection officer, as one HTML page',
  },
  options: {
    output: {
      type: 'string',
      value: 'FILE',
      text: { da: 'Skriv siden i en ny fil; ellers ud', en: 'Write the page to a new file; else to standard output' },
    },
    language: {
      type: 'string',
      value: 'da|en',
      text: { da: 'Sidens sprog (ellers som --lang)', en: 'Language of the page (else as --lang)' },
    },
  },
  run: async call => {
    const language = languageOf(call)
    const data = await look(await call.world(), call.actor('api'), cookies.report)
    const page = cookies.renderReport(data, language)
    const output = text(call, 'output')
    if (output === undefined) return { json: data, lines: page.split('\n') }
    const { file } = locate(call.cwd, output)
    writeNewFile(file, Buffer.from(page, 'utf8'))
    return { json: data, lines: [file] }
  },
}

const scans: Command = {
  name: 'cookies scans',
  summary: { da: 'De seneste scanninger, nyeste først', en: 'The latest scans, newest first' },
  options: { site: SITE },
  run: async call => {
    const site = text(call, 'site')
    const of = site === undefined ? {} : { site }
    const found = await look(await call.world(), call.actor('api'), from => cookies.scans(from, of))
    const lines = found.map(it => {
      const [breaches, doubts] = [String(it.breaches).padStart(3), String(it.doubts).padStart(3)]
      const counts =
        call.language === 'da' ? `${breaches} brud ${doubts} tvivl` : `${breaches} breaches ${doubts} doubts`
      const part = call.language === 'da' ? '  (ikke det hele)' : '  (not all of it)'
      return `${it.scanId}  ${it.finishedAt.toISOString()}  ${counts}  ${it.hosts.join(',')}${it.isWhole ? '' : part}`
    })
    const none = call.language === 'da' ? 'Intet er scannet endnu.' : 'Nothing has been scanned yet.'
    return { json: { scans: found }, lines: lines.length > 0 ? lines : [none] }
  },
}

const schedule: Command = {
  name: 'cookies schedule',
  args: '[URL]',
  summary: {
    da: 'Få en side scannet af sig selv; uden adresse: vis planen',
    en: 'Have a page scanned by itself; without an address: show the plan',
  },
  options: {
    every: { type: 'string', value: 'HOURS', text: { da: 'Så ofte, i timer (24)', en: 'So often, in hours (24)' } },
  },
  run: async call => {
    const [url] = call.args
    const world = await call.world()
    if (url === undefined) return planned(call, await look(world, call.actor('api'), cookies.plans))
    const everyHours = Number(text(call, 'every') ?? '24')
    const made = await act(world, call.actor('api'), ctx => cookies.plan(ctx, { url, everyHours }))
    return { json: made, lines: [lineOf(call, made)] }
  },
}

const unschedule: Command = {
  name: 'cookies unschedule',
  args: '[URL]',
  summary: { da: 'Hold op med at scanne en side af sig selv', en: 'Stop scanning a page by itself' },
  run: async call => {
    const [url] = call.args
    if (url === undefined) throw usage('indsigt cookies unschedule URL')
    await act(await call.world(), call.actor('api'), ctx => cookies.unplan(ctx, url))
    return {
      json: { url },
      lines: [call.language === 'da' ? 'Siden scannes ikke mere.' : 'The page is not scanned any more.'],
    }
  },
}

const register: Command = {
  name: 'cookies register',
  summary: {
    da: 'Et websteds cookieregister som JSON, f.eks. til indsigt scan --register',
    en: 'The cookie register of a site as JSON, e.g. for indsigt scan --register',
  },
  options: { site: SITE },
  run: async call => {
    const world = await call.world()
    const { document } = policy.current({ world })
    const site = text(call, 'site') ?? onlyOne(document.sites.map(it => it.host))
    const found = cookies.registerFor(world, site)
    if (!found) throw new Problem('cookies.site_unknown')
    return { json: found, lines: JSON.stringify(found, null, 2).split('\n') }
  },
}

function planned(call: Call, plans: readonly cookies.Plan[]): Outcome {
  const none = call.language === 'da' ? 'Ingen side scannes af sig selv.' : 'No page is scanned by itself.'
  return { json: { plans }, lines: plans.length > 0 ? plans.map(plan => lineOf(call, plan)) : [none] }
}

function lineOf({ language }: Call, { url, everyHours, nextAt, failure }: cookies.Plan): string {
  const when =
    language === 'da'
      ? `hver ${everyHours}. time, næste gang ${nextAt.toISOString()}`
      : `every ${everyHours} h, next ${nextAt.toISOString()}`
  const wrong = language === 'da' ? 'den seneste blev ikke til noget' : 'the latest came to nothing'
  return `${url}  ${when}${failure === null ? '' : `  ${wrong}: ${failure}`}`
}

/** The one site there is; with several somebody must say which. */
function onlyOne(hosts: readonly string[]): string {
  const [first, ...others] = hosts
  if (first === undefined || others.length > 0) throw usage(`--site ${hosts.join('|')}`)
  return first
}

function languageOf(call: Call): 'da' | 'en' {
  const named = text(call, 'language') ?? call.language
  if (named !== 'da' && named !== 'en') throw usage('--language da|en')
  return named
}

function usage(right: string): Problem {
  return new Problem('usage', { detail: { da: `Brug: ${right}`, en: `Use: ${right}` } })
}

function text({ options }: Call, name: string): string | undefined {
  const value = options[name]
  return typeof value === 'string' ? value : undefined
}

export const commands: readonly Command[] = [scanCommand, report, scans, schedule, unschedule, register]
