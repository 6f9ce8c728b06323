/** The parts pages are made of. Each takes plain data and returns markup; none knows what the data means. */
import { formatCount, type Bilingual, type Language } from './format.ts'
import { attributes, html, raw, type Html } from './html.ts'
import { shellTexts } from './texts.ts'

/** What a colour and an icon say; there is always a word beside them. */
export type Tone = 'ok' | 'warn' | 'bad' | 'info' | 'hold' | 'neutral' | 'open'

/** The icon of a tone. It is ornament: the word beside it carries the meaning. */
export function icon(tone: Tone): Html {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><use href="#i-${tone}" /></svg>`
}

/** The drawings `icon` refers to, once per page. */
export function iconSprite(): Html {
  return sprite
}

/** A short status: colour, icon and word. */
export function tag(tone: Tone, word: string): Html {
  return html`<span class="tag ${tone}">${icon(tone)}${word}</span>`
}

/** A notice that stays: what is true in bold, then at most two lines. */
export function notice(tone: Tone, first: string, rest?: Html | string): Html {
  return html`<div class="notice ${tone}">
    ${icon(tone)}
    <p><strong>${first}</strong> ${rest}</p>
  </div>`
}

/** A text in which the words between « and » are marked with the pen; an unpaired sign stays as it is. */
export function marked(text: string): Html {
  const pieces = text.split(/«([^«»]+)»/)
  return html`${pieces.map((piece, index) => (index % 2 === 1 ? html`<mark>${piece}</mark>` : piece))}`
}

/** A text without its pen signs, for titles and lists. */
export function unmarked(text: string): string {
  return text.replace(/«([^«»]+)»/g, '$1')
}

/** A key-value list; an entry without a value is left out. */
export function keyValues(entries: readonly (readonly [key: string, value: Html | string | undefined])[]): Html {
  return html`<dl class="pairs">
    ${entries
      .filter(([, value]) => value !== undefined && value !== '')
      .map(
        ([key, value]) =>
          html`<div>
            <dt>${key}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
  </dl>`
}

export type DataTable = {
  /** Unique on the page; names the region and the caption. */
  readonly id: string
  readonly caption: string
  readonly columns: readonly { readonly label: string; readonly numeric?: boolean; readonly wide?: boolean }[]
  /** One array per row, as many cells as columns; the first is the row's heading. */
  readonly rows: readonly (readonly (Html | string)[])[]
}

/** A real table in a region that can be focused and scrolled sideways where the screen is narrow. */
export function dataTable(table: DataTable): Html {
  const heading = table.columns.map(
    column => html`<th${attributes({ scope: 'col', class: columnClass(column) })}>${column.label}</th>`,
  )
  const rows = table.rows.map(cells => tableRow(cells, table.columns))
  return html`<div class="scroll" role="region" aria-labelledby="${table.id}" tabindex="0">
    <table>
      <caption id="${table.id}">
        ${table.caption}
      </caption>
      <thead>
        <tr>
          ${heading}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`
}

/** A value against its limit; the sentence carries both numbers, the drawing only repeats them. */
export function limitBar(limit: { readonly now: number; readonly most: number }, language: Language): Html {
  const share = limit.most > 0 ? Math.min(100, Math.round((limit.now / limit.most) * 100)) : 100
  const tone = limit.now > limit.most ? 'bad' : share >= 90 ? 'warn' : 'ok'
  const words = shellTexts(language).ofAtMost(formatCount(limit.now, language), formatCount(limit.most, language))
  return html`<span class="limit ${tone}"
    ><svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
      <rect class="rail" width="100" height="4" />
      <rect class="fill" width="${share}" height="4" /></svg
    >${words}</span
  >`
}

export type ProblemText = {
  readonly title: string
  readonly detail: string
  /** What to do instead, one sentence. */
  readonly remedy?: string
  /** Number of the promise that refuses, e.g. '21'. */
  readonly promise?: { readonly number: string; readonly href: string }
  /** A number to quote when asking us; carries no personal data. */
  readonly reference?: string
}

/** The content of a page that says no: what, which promise, what to do instead. */
export function problemContent(problem: ProblemText, language: Language): Html {
  const words = shellTexts(language)
  const { promise } = problem
  return html`<div class="wrap prose opening">
    <h1>${problem.title}</h1>
    <p class="lead">${problem.detail}</p>
    ${problem.remedy && html`<p><strong>${words.doInstead}:</strong> ${problem.remedy}</p>`}
    ${promise && html`<p><a href="${promise.href}">${words.promiseRefuses(promise.number)}</a></p>`}
    ${problem.reference && html`<p>${words.quoteNumber} <strong>${problem.reference}</strong></p>`}
    <p><a href="${language === 'da' ? '/' : '/en'}">${words.toStart}</a></p>
  </div>`
}

/** Says what is empty and why that is fine. */
export function emptyState(first: string, rest: string): Html {
  return html`<p class="empty"><strong>${first}</strong> ${rest}</p>`
}

/** The text of one language. */
export function pick(text: Bilingual, language: Language): string {
  return text[language]
}

function tableRow(cells: readonly (Html | string)[], columns: DataTable['columns']): Html {
  const written = cells.map((cell, index) => {
    const kind = columnClass(columns[index] ?? {})
    if (index === 0) return html`<th${attributes({ scope: 'row', class: kind })}>${cell}</th>`
    return html`<td${attributes({ class: kind })}>${cell}</td>`
  })
  return html`<tr>
    ${written}
  </tr>`
}

function columnClass(column: { readonly numeric?: boolean; readonly wide?: boolean }): string | undefined {
  return column.numeric ? 'number' : column.wide ? 'wide' : undefined
}

const sprite = raw`<svg class="sprite" aria-hidden="true"><defs>
<symbol id="i-ok" viewBox="0 0 24 24"><path d="m5 13 4.5 4.5L19.5 7"/></symbol>
<symbol id="i-warn" viewBox="0 0 24 24"><path d="M12 4.5v9.5m0 4.5v.5"/></symbol>
<symbol id="i-bad" viewBox="0 0 24 24"><path d="m6 6 12 12m0-12L6 18"/></symbol>
<symbol id="i-info" viewBox="0 0 24 24"><path d="M12 11v7m0-12v.5"/></symbol>
<symbol id="i-hold" viewBox="0 0 24 24"><path d="M9 6v12m6-12v12"/></symbol>
<symbol id="i-neutral" viewBox="0 0 24 24"><path d="M6 12h12"/></symbol>
<symbol id="i-open" viewBox="0 0 24 24"><circle cx="12" cy="12" r="6.5"/></symbol>
</defs></svg>`
