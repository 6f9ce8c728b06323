/** The parts of the officer's report that draw figures: scans, choices, the guards' counts and the plan. */
import { civilDateAt } from '../lib/civil-date.ts'
import { dataTable, formatCount, formatDay, formatMoment, html, icon, type Html, type Language } from '../ui/ui.ts'
import { driftBars, mostOf, scanBars, SCANS_DRAWN, shareBar, weekBars } from './report-charts.ts'
import type { Count, CookieReport, GuardLine, ScanLine, SiteReport } from './report.ts'
import { reportTexts } from './report-texts.ts'

/** Clocks of the report show this zone. */
export const ZONE = 'Europe/Copenhagen'

/** A part of a site: its name and a hint on one side, what it says on the other. */
export function part(title: string, hint: string, content: Html): Html {
  return html`<section class="part">
    <header>
      <h3>${title}</h3>
      ${hint !== '' && html`<p>${hint}</p>`}
    </header>
    <div>${content}</div>
  </section>`
}

/** Breaches and doubts over time, what changed between scans, and the same figures as a table. */
export function scansPart(site: SiteReport, language: Language): Html | false {
  const [newest] = site.scans
  if (!newest) return false
  const words = reportTexts(language)
  const drawn = site.scans.slice(0, SCANS_DRAWN).toReversed()
  const bars = scanBars(drawn, {
    id: `${site.site}-scans`,
    title: words.scanChart(site.site),
    description: words.scanDescription(drawn.length, newest.breaches, newest.doubts),
  })
  const drift = driftBars(drawn, {
    id: `${site.site}-drift`,
    title: words.driftChart(site.site),
    description: words.driftDescription(newest.added ?? 0, newest.gone ?? 0),
  })
  const most = mostOf(drawn)
  const plot = html`<div class="plot">
    <span class="scale" aria-hidden="true"><span>${most}</span><span>${most / 2}</span><span>0</span></span>
    ${bars}
    <span class="scale drift-scale" aria-hidden="true"
      ><span>${words.drift.added}</span><span>${words.drift.gone}</span></span
    >
    ${drift}
    <span class="days" aria-hidden="true"
      ><span>${drawn.length > 1 && dayOf(drawn[0] ?? newest, language)}</span
      ><span>${dayOf(newest, language)}</span></span
    >
  </div>`
  return part(words.scans, words.scansHint, html`${plot}${legend(drawn, language)}${scanTable(site, language)}`)
}

/** What is in the drawing, and nothing that is not. */
function legend(drawn: readonly ScanLine[], language: Language): Html {
  const words = reportTexts(language).legend
  const isClean = (scan: ScanLine) => scan.breaches + scan.doubts === 0
  const shown = {
    breach: drawn.some(scan => scan.breaches > 0),
    doubt: drawn.some(scan => scan.doubts > 0),
    clean: drawn.some(scan => isClean(scan) && scan.isWhole),
    part: drawn.some(scan => isClean(scan) && !scan.isWhole),
  }
  const kinds = (['breach', 'doubt', 'clean', 'part'] as const).filter(kind => shown[kind])
  return html`<ul class="legend">
    ${kinds.map(
      kind =>
        html`<li>
          <svg class="swatch" viewBox="0 0 12 12" aria-hidden="true">
            <rect class="${kind}" width="12" height="12" /></svg
          >${words[kind]}
        </li>`,
    )}
  </ul>`
}

function scanTable(site: SiteReport, language: Language): Html {
  const words = reportTexts(language)
  const [when, where, ...counts] = words.scanColumns
  const figure = (count: number | null) => (count === null ? '\u2013' : formatCount(count, language))
  const rows = site.scans.map(scan => [
    formatMoment(scan.finishedAt, language, ZONE),
    html`${scan.hosts.join(', ')}${!scan.isWhole && html` <small>${words.part}</small>`}`,
    ...[scan.breaches, scan.doubts, scan.added, scan.gone].map(figure),
  ])
  const columns = [{ label: when, wide: true }, { label: where }, ...counts.map(label => ({ label, numeric: true }))]
  const caption = `${words.scans}: ${site.site}`
  return html`<details>
    <summary>${words.asTable}</summary>
    ${dataTable({ id: `${site.site}-scan-table`, caption, columns, rows })}
  </details>`
}

/** Choices as figures. The bars are shares of what is shown, so they tell no more than the figures. */
export function choicesPart({ choices }: SiteReport, language: Language): Html {
  const words = reportTexts(language)
  const total = formatCount(choices.total, language)
  const sum = choices.isAtLeast ? words.choicesAtLeast(total) : words.choicesTotal(total)
  if (choices.total === 0) return part(words.choices, words.choicesHint, html`<p>${words.choicesFew}</p>`)
  const rows = [
    ...choices.methods.map(it => [words.method[it.method], it.choices] as const),
    ...choices.accepted.map(it => [words.saidYes(it.title[language]), it.choices] as const),
  ]
  const share = (count: Count) => (count === '<5' ? 0 : count / choices.total)
  const list = html`<dl class="shares">
    ${rows.map(
      ([label, count]) =>
        html`<div>
          <dt>${label}</dt>
          <dd>${count === '<5' ? count : formatCount(count, language)}</dd>
          ${shareBar(share(count))}
        </div>`,
    )}
  </dl>`
  return part(
    words.choices,
    words.choicesHint,
    html`<p class="fact">${sum}</p>
      ${list}`,
  )
}

/** The guards' counts: a row of weeks for each promise, and the same as a table. */
export function guardPart({ rules, weeks }: CookieReport, site: SiteReport, language: Language): Html {
  const words = reportTexts(language)
  if (site.guard.length === 0) return part(words.guard, '', html`<p>${words.guardNone(weeks.length)}</p>`)
  const [promise, taken, byWeek] = words.guardColumns
  const rows = site.guard.map(line => guardCells(line, { rule: rules[line.clause]?.[language] ?? '', site, language }))
  const table = dataTable({
    id: `${site.site}-guard`,
    caption: `${words.guard}: ${site.site}`,
    columns: [{ label: promise, wide: true }, { label: taken, numeric: true }, { label: byWeek }],
    rows,
  })
  return part(words.guard, words.guardHint(weeks.length), html`${table}${weekTable(weeks, site, language)}`)
}

type GuardRow = { readonly rule: string; readonly site: SiteReport; readonly language: Language }

function guardCells(line: GuardLine, { rule, site, language }: GuardRow): (Html | string)[] {
  const words = reportTexts(language)
  const sum = (counts: readonly number[]) => counts.reduce((all, count) => all + count, 0)
  const [stripped, explained] = [sum(line.stripped), sum(line.explained)]
  const bars = weekBars(line.stripped, {
    id: `${site.site}-guard-${line.clause}`,
    title: words.guardChart(line.clause.replace(/^S/, '')),
    description: words.guardDescription(line.stripped.join(', ')),
  })
  return [
    html`${words.promise(line.clause.replace(/^S/, ''))} <small>${rule}</small>`,
    html`<b>${formatCount(stripped, language)}</b>
      ${explained > 0 && html`<small>${words.explained(formatCount(explained, language))}</small>`}`,
    bars,
  ]
}

function weekTable(weeks: readonly string[], site: SiteReport, language: Language): Html {
  const words = reportTexts(language)
  const rows = weeks.map((week, index) => [
    formatDay(week, language),
    ...site.guard.map(line => formatCount(line.stripped[index] ?? 0, language)),
  ])
  const clauses = site.guard.map(line => ({ label: words.promise(line.clause.replace(/^S/, '')), numeric: true }))
  const table = dataTable({
    id: `${site.site}-weeks`,
    caption: `${words.weekTable}: ${site.site}`,
    columns: [{ label: words.week, wide: true }, ...clauses],
    rows,
  })
  return html`<details>
    <summary>${words.asTable}</summary>
    ${table}
  </details>`
}

/** Which pages are scanned by themselves, and whether the last time came to something. */
export function plansPart({ plans, site }: SiteReport, language: Language): Html {
  const words = reportTexts(language)
  if (plans.length === 0) return part(words.plans, '', html`<p>${words.notPlanned(site)}</p>`)
  const items = plans.map(plan => {
    const next = formatMoment(plan.nextAt, language, ZONE)
    return html`<li>
      ${words.planned(plan.url, plan.everyHours, next)}
      ${plan.failure !== null && html`<span class="failed">${icon('warn')} ${words.planFailed(plan.failure)}</span>`}
    </li>`
  })
  return part(
    words.plans,
    '',
    html`<ul class="plans">
      ${items}
    </ul>`,
  )
}

function dayOf(scan: ScanLine, language: Language): string {
  return formatDay(civilDateAt(Date.parse(scan.finishedAt), ZONE), language)
}
