/** The board as a page: every sentence beside its proof. No script; the views are links. */
import {
  attributes,
  emptyState,
  formatCount,
  formatMoment,
  formatValue,
  html,
  icon,
  localPath,
  pick,
  renderDocument,
  type Company,
  type Html,
  type Language,
} from '../ui/ui.ts'
import { select, statusOf, STATUSES, summarise, type Board, type ClauseState } from './board.ts'
import { clauseRow, numberOf, tones, type RowContext } from './clause-row.ts'
import { boardTexts, summaryPieces, summarySentence } from './texts.ts'

export type PromisesView = {
  readonly company: Company
  /** Value of `?vis=`: 'attention', 'notbuilt' or a section's code; anything else shows all. */
  readonly show?: string
}

/** The promises page as a whole HTML document in the language. */
export function renderPromises(board: Board, language: Language, view: PromisesView): string {
  const summary = summarise(board)
  const selection = select(board, view.show ?? '')
  const page: Page = { board, language, zone: view.company.timeZone, shown: new Set(selection.clauses) }
  const words = boardTexts(language)
  const title = `${words.title}: ${summarySentence(summary, language).slice(0, -1)}`
  const path = selection.name === '' ? '/promises' : `/promises?vis=${encodeURIComponent(selection.name)}`
  const content = html`<div class="wrap">
    ${hero(page)}${seal(page)}${howToRead(language)}${views(page, selection.name)}
    ${selection.clauses.length === 0 ? nothing(selection.name, language) : groups(page)} ${checkYourself(page)}
  </div>`
  const description = words.lead(formatCount(summary.total, language))
  return renderDocument({ language, title, description, path, current: 'promises', company: view.company }, content)
}

type Page = RowContext & { readonly board: Board; readonly shown: ReadonlySet<ClauseState> }

function hero(page: Page): Html {
  const { board, language } = page
  const words = boardTexts(language)
  const summary = summarise(board)
  const headline = summaryPieces(summary, language).map(
    piece => html`<b class="${tones[piece.status]}">${piece.count}</b>${piece.words}`,
  )
  // Every state is listed, the empty ones too: a zero that should be zero is news.
  const key = STATUSES.map(
    status =>
      html`<li>
        <span class="tile ${summary[status] === 0 ? 'none' : tones[status]}">${icon(tones[status])}</span
        ><b>${summary[status]}</b> ${words.status[status].toLowerCase()}
      </li>`,
  )
  return html`<div class="hero">
    <div>
      <h1 class="headline">${headline}</h1>
      <p class="lead">${words.lead(formatCount(summary.total, language))}</p>
      <ul class="key">
        ${key}
      </ul>
    </div>
    <nav aria-label="${words.allPromises(String(summary.total))}">
      <ol class="tiles">
        ${board.clauses.map(clause => tile(page, clause))}
      </ol>
    </nav>
  </div>`
}

function tile(page: Page, clause: ClauseState): Html {
  const status = statusOf(clause)
  const target = page.shown.has(clause) ? `#${clause.id}` : `${localPath('/promises', page.language)}#${clause.id}`
  return html`<li>
    <a class="tile ${tones[status]}" href="${target}"
      >${numberOf(clause.id)}<span class="hidden">: ${boardTexts(page.language).status[status]}</span
      >${icon(tones[status])}</a
    >
  </li>`
}

function seal(page: Page): Html {
  const { board, language, zone } = page
  const words = boardTexts(language)
  const signed =
    board.ledger.signedAt === null ? words.notSigned : words.signed(formatMoment(board.ledger.signedAt, language, zone))
  return html`<ul class="seal">
    <li>
      ${words.measured} <time datetime="${board.measuredAt}">${formatMoment(board.measuredAt, language, zone)}</time>
    </li>
    <li>${words.policyVersion(String(board.policy.version), formatValue(board.policy.adoptedAt, language, zone))}</li>
    <li>${words.ledger(formatCount(board.ledger.entries, language))}, ${signed}</li>
    <li><a href="#check">${words.checkYourself}</a></li>
  </ul>`
}

function howToRead(language: Language): Html {
  const words = boardTexts(language)
  return html`<details class="how">
    <summary>${words.howToRead}</summary>
    <p>
      <mark>${words.howMarked[0]}</mark> ${words.howMarked[1]}
      <span class="unmeasured"><mark>${words.howOpen[0]}</mark></span> ${words.howOpen[1]} ${words.howFigures}
    </p>
  </details>`
}

function views(page: Page, current: string): Html {
  const { board, language } = page
  const words = boardTexts(language)
  const view = (name: string, label: string) => {
    const path = localPath('/promises', language) + (name === '' ? '' : `?vis=${encodeURIComponent(name)}`)
    const count = select(board, name).clauses.length
    const target = attributes({ href: path, 'aria-current': current === name ? 'page' : false })
    return html`<li><a${target}>${label} <b>${count}</b></a></li>`
  }
  const all = [
    view('', words.viewAll),
    view('attention', words.viewAttention),
    view('notbuilt', words.viewNotBuilt),
    ...board.sections.map(section => view(section.code, pick(section.title, language))),
  ]
  return html`<nav class="views" aria-label="${words.views}">
    <ul>
      ${all}
    </ul>
  </nav>`
}

function nothing(name: string, language: Language): Html {
  const words = boardTexts(language)
  const because = { attention: words.nothingBroken, notbuilt: words.everythingBuilt }[name] ?? ''
  return emptyState(words.nothingHere, because)
}

function groups(page: Page): Html {
  const { board, language } = page
  const shown = board.clauses.filter(clause => page.shown.has(clause))
  const broken = shown.filter(clause => statusOf(clause) === 'broken')
  const first = broken.length > 0 && group(page, { code: 'broken', title: boardTexts(language).brokenNow }, broken)
  return html`${first}${board.sections.map(section => {
    const clauses = shown.filter(clause => clause.section === section.code)
    return clauses.length > 0 && group(page, { code: section.code, title: pick(section.title, language) }, clauses)
  })}`
}

function group(
  page: Page,
  heading: { readonly code: string; readonly title: string },
  clauses: readonly ClauseState[],
): Html {
  const words = boardTexts(page.language)
  const rows = clauses.map(clause =>
    statusOf(clause) === 'broken' && heading.code !== 'broken'
      ? html`<p class="above"><a href="#${clause.id}">${words.shownAbove(numberOf(clause.id))}</a></p>`
      : clauseRow(page, clause),
  )
  return html`<section class="group">
    <h2>${heading.title}</h2>
    ${rows}
    <p class="up">
      <a href="#main">${words.toTheTop}<span class="hidden">: ${heading.title}</span></a>
    </p>
  </section>`
}

function checkYourself(page: Page): Html {
  const { board, language } = page
  const words = boardTexts(language)
  return html`<section class="group">
    <h2 id="check">${words.checkYourself}</h2>
    <div class="prose">
      <p>${words.checkLead}</p>
      <p>${words.checkCommand} <code>indsigt verify</code></p>
      <p>${words.fingerprint}: <code>${board.policy.sha256}</code></p>
      <p><a href="${localPath('/policy', language)}">${words.toPolicy}</a></p>
    </div>
  </section>`
}
