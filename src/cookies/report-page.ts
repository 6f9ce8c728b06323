/** The officer's report as one page that needs nothing else: no script, nothing fetched, good on paper. */
import { civilDateAt } from '../lib/civil-date.ts'
import { iconSprite } from '../ui/parts.ts'
import {
  dataTable,
  formatCount,
  formatDay,
  formatMoment,
  formatPeriod,
  html,
  pick,
  stylesheet,
  tag,
  toText,
  type Html,
  type Language,
} from '../ui/ui.ts'
import { choicesPart, guardPart, part, plansPart, scansPart, ZONE } from './report-parts.ts'
import { REPORT_STYLE } from './report-style.ts'
import type { CookieReport, EntryRow, FindingLine, SiteReport } from './report.ts'
import { reportTexts } from './report-texts.ts'

/** The whole HTML document in the language. */
export function renderReport(report: CookieReport, language: Language): string {
  const words = reportTexts(language)
  const headline = headlineOf(report, language)
  const page = html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <title>${headline}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <meta name="color-scheme" content="light dark" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
      </head>
      <body>
        ${iconSprite()}
        <main class="wrap report">
          <header class="hero">
            <div>
              <p class="over">${words.over(report.controller)}</p>
              <h1>${headline}</h1>
              <p class="lead">
                ${words.made(formatMoment(report.madeAt, language, ZONE), String(report.policy.version))}
              </p>
            </div>
          </header>
          ${sites(report, language)} ${report.sites.map(site => sitePart(report, site, language))}
          ${foot(report, language)}
        </main>
      </body>
    </html> `
  const sheet = `${stylesheet().body.toString('utf8')}\n${REPORT_STYLE}`
  // A sheet is no text: entities mean nothing in it.
  return toText(page).replace('</head>', () => `<style>\n${sheet}</style>\n</head>`)
}

/** The one sentence the reader came for; what is not known is said before what is good. */
function headlineOf({ sites: all }: CookieReport, language: Language): string {
  const words = reportTexts(language)
  if (all.length === 0) return words.noSites
  const broken = all.filter(site => count(site, 'breach') > 0)
  const breaches = broken.reduce((sum, site) => sum + count(site, 'breach'), 0)
  if (breaches > 0) return words.breachesStand(breaches, broken.length)
  const missing = all.filter(site => !isScanned(site)).length
  return missing > 0 ? words.notScanned(missing, all.length) : words.nothingBroken
}

function sites(report: CookieReport, language: Language): Html | false {
  if (report.sites.length < 2) return false
  const words = reportTexts(language)
  return html`<nav aria-label="${words.sites}">
    <ul class="sites">
      ${report.sites.map(
        site =>
          html`<li><a href="#${site.site}">${site.site}</a><span class="tags">${tags(site, language)}</span></li>`,
      )}
    </ul>
  </nav>`
}

function tags(site: SiteReport, language: Language): Html {
  const words = reportTexts(language)
  const [breaches, doubts] = [count(site, 'breach'), count(site, 'doubt')]
  return html`${breaches > 0 && tag('bad', words.breaches(breaches))} ${doubts > 0 && tag('warn', words.doubts(doubts))}
  ${!isScanned(site) && tag('open', words.notScannedYet)}
  ${isScanned(site) && breaches + doubts === 0 && tag('ok', words.clean)}`
}

function sitePart(report: CookieReport, site: SiteReport, language: Language): Html {
  return html`<section class="site" id="${site.site}" aria-labelledby="${site.site}-name">
    <header>
      <h2 id="${site.site}-name">${site.site}</h2>
      <span class="tags">${tags(site, language)}</span>
    </header>
    ${findings(report, site, language)} ${scansPart(site, language)} ${list(site, language)}
    ${choicesPart(site, language)} ${guardPart(report, site, language)} ${plansPart(site, language)}
  </section>`
}

function findings(report: CookieReport, site: SiteReport, language: Language): Html {
  const words = reportTexts(language)
  if (site.findings.length === 0) {
    const whole = site.scans.find(scan => scan.isWhole)
    const day = whole && formatDay(civilDateAt(Date.parse(whole.finishedAt), ZONE), language)
    return part(words.standing, '', html`<p>${day ? words.nothingStands(day) : words.neverScanned}</p>`)
  }
  const clauses = [...Map.groupBy(site.findings, it => it.clause)]
  const items = clauses.map(
    ([clause, group]) =>
      html`<li>
        <span class="numeral">${clause.replace(/^S/, '')}</span>
        <div>
          ${report.rules[clause] && html`<p class="sentence">${pick(report.rules[clause], language)}</p>`}
          <ul>
            ${group.map(it => findingItem(it, language))}
          </ul>
        </div>
      </li>`,
  )
  return part(
    words.standing,
    '',
    html`<ul class="broken">
      ${items}
    </ul>`,
  )
}

function findingItem(it: FindingLine, language: Language): Html {
  const words = reportTexts(language)
  const severity = it.severity === 'breach' ? tag('bad', words.legend.breach) : tag('warn', words.legend.doubt)
  return html`<li>
    <p class="what">${severity} <code>${it.name}</code> <small>${it.host}</small></p>
    <p>${pick(it.text, language)}</p>
    <p class="meta"><b>${words.doThis}</b> ${pick(it.remedy, language)}</p>
  </li>`
}

function list(site: SiteReport, language: Language): Html {
  const words = reportTexts(language)
  const last = words.listColumns.length - 1
  const columns = words.listColumns.map((label, index) => ({ label, wide: index === last }))
  const rows = site.entries.map(row => entryCells(row, language))
  const table = dataTable({ id: `${site.site}-list`, caption: `${words.list}: ${site.site}`, columns, rows })
  return part(words.list, words.listHint(site.entries.length), html`<div class="list">${table}</div>`)
}

function entryCells(row: EntryRow, language: Language): (Html | string)[] {
  const { entry, category, verdict } = row
  const words = reportTexts(language)
  const tone = { kept: 'ok', broken: 'bad', notSeen: 'neutral', notScanned: 'open' } as const
  return [
    html`<code>${entry.name}</code> <small>${words.kind[entry.kind]}, ${entry.setter}</small>`,
    tag(tone[verdict], words.verdict[verdict]),
    entry.lifetime === 'session' ? words.untilClosed : formatPeriod(entry.lifetime, language),
    givenOf(row, language),
    pick(category, language),
    pick(entry.purpose, language),
  ]
}

/** As a browser kept it, in the largest unit that fits; a dash where no browser did. */
function givenOf({ entry, givenSeconds }: EntryRow, language: Language): string {
  const words = reportTexts(language)
  if (givenSeconds === undefined) return '\u2013'
  if (givenSeconds === null) return entry.kind === 'cookie' ? words.untilClosed : words.untilRemoved
  const whole = (seconds: number) => formatCount(Math.round(givenSeconds / seconds), language)
  if (givenSeconds >= 2 * 86_400) return words.days(whole(86_400))
  return givenSeconds >= 7200 ? words.hours(whole(3600)) : words.minutes(whole(60))
}

function foot(report: CookieReport, language: Language): Html {
  const words = reportTexts(language)
  return html`<footer class="foot">
    <p>${words.foot}</p>
    <p>${words.policy}: <code>${report.policy.sha256}</code></p>
    ${report.sites.map(site => html`<p>${words.register}, ${site.site}: <code>${site.registerSha256}</code></p>`)}
  </footer>`
}

function count(site: SiteReport, severity: FindingLine['severity']): number {
  return site.findings.filter(it => it.severity === severity).length
}

function isScanned(site: SiteReport): boolean {
  return site.scans.some(scan => scan.isWhole)
}
