/** One promise on the board: the sentence beside its proof. */
import {
  attributes,
  formatCount,
  formatMoment,
  formatValue,
  html,
  icon,
  limitBar,
  localPath,
  marked,
  notice,
  pick,
  tag,
  type Html,
  type Language,
  type Tone,
} from '../ui/ui.ts'
import { isBreach, statusOf, type ClauseState, type ClauseStatus, type Figure } from './board.ts'
import { boardTexts } from './texts.ts'

/** What a row needs to know about the page; `zone` is the time zone of its clocks. */
export type RowContext = { readonly language: Language; readonly zone: string }

/** Colour and icon of each state. */
export const tones: { readonly [status in ClauseStatus]: Tone } = {
  broken: 'bad',
  deviation: 'warn',
  kept: 'ok',
  notMeasured: 'neutral',
  notBuilt: 'open',
}

/** The sentence, its rule and its doors on one side, what can be shown for it on the other. */
export function clauseRow(page: RowContext, clause: ClauseState): Html {
  const { language } = page
  const words = boardTexts(language)
  const status = statusOf(clause)
  const number = numberOf(clause.id)
  const measured = status !== 'notBuilt' && status !== 'notMeasured'
  const frame = attributes({ class: measured ? 'clause' : 'clause unmeasured', id: clause.id })
  const link = attributes({
    class: 'numeral',
    href: `${localPath('/policy', language)}#${clause.id}`,
    'aria-label': words.inThePolicy(number),
  })
  const ruleLabel = status === 'notBuilt' ? words.ruleNotBuilt : words.rule
  return html`<article${frame}>
<div class="status"><a${link}>${number}</a> ${tag(tones[status], words.status[status])}</div>
<div class="say"><h3 class="sentence">${marked(pick(clause.text, language))}</h3>${warning(clause, language)}
<p class="rule"><b class="label">${ruleLabel}</b> ${pick(clause.rule, language)}</p>
${doors(clause, language)}${law(clause, language)}</div>
${proof(page, clause)}</article>
`
}

/** 'S16' is shown as '16'; a code of another shape as it is. */
export function numberOf(id: string): string {
  return id.replace(/^S(?=\d+$)/, '')
}

function warning(clause: ClauseState, language: Language): Html | false {
  const status = statusOf(clause)
  if (status !== 'broken' && status !== 'deviation') return false
  const words = boardTexts(language)
  return notice(
    tones[status],
    `${words.status[status]}.`,
    clause.why ? pick(clause.why, language) : words.brokenWithoutWhy,
  )
}

function doors(clause: ClauseState, language: Language): Html | false {
  if (clause.enforced.length === 0) return false
  const words = boardTexts(language)
  const items = clause.enforced.map(
    door => html`<li><b>${words.where[door.where]}</b> ${pick(door.what, language)}</li>`,
  )
  return html`<div>
    <b class="label">${words.enforcedHere}</b>
    <ul class="doors">
      ${items}
    </ul>
  </div>`
}

function law(clause: ClauseState, language: Language): Html | false {
  if (clause.law.length === 0) return false
  const words = boardTexts(language)
  return html`<details>
    <summary>${words.law}<span class="hidden"> ${words.promise(numberOf(clause.id))}</span></summary>
    <p class="meta">${clause.law.join(' · ')}</p>
  </details>`
}

function proof(page: RowContext, clause: ClauseState): Html {
  const { language } = page
  const words = boardTexts(language)
  const status = statusOf(clause)
  const why = clause.why && pick(clause.why, language)
  const missing =
    (status === 'notBuilt' && html`<p><strong>${words.notBuilt}</strong> ${why ?? words.notBuiltWithoutWhy}</p>`) ||
    (status === 'notMeasured' &&
      html`<p><strong>${words.notMeasured}</strong> ${why ?? words.notMeasuredWithoutWhy}</p>`)
  const figures =
    clause.figures.length > 0 &&
    html`<p class="label">${words.rightNow}</p>
      <dl>${clause.figures.map(figure => figureRow(page, figure))}</dl>`
  return html`<div class="proof">${missing}${figures}${attempt(page, clause)}</div>`
}

function figureRow(page: RowContext, figure: Figure): Html {
  const { language } = page
  const zero = figure.mustBeZero && html` <small>(${boardTexts(language).mustBeZero})</small>`
  const breach = isBreach(figure)
  const bar = figure.limit && html`<dd class="bar">${limitBar(figure.limit, language)}</dd>`
  const value = html`${breach && icon('bad')}${formatValue(figure.value, language, page.zone)}`
  return html`<div${attributes({ class: breach && 'bad' })}>
<dt>${pick(figure.label, language)}${zero}</dt><dd>${value}</dd>${bar}</div>`
}

function attempt(page: RowContext, clause: ClauseState): Html | false {
  if (clause.lastTried === undefined) return false
  const { language } = page
  const words = boardTexts(language)
  const tried = clause.lastTried
  const result =
    tried === null
      ? words.neverTried
      : words.stopped(
          formatCount(tried.stopped, language),
          formatCount(tried.attempts, language),
          formatMoment(tried.at, language, page.zone),
        )
  return html`<p class="label">${words.attempts}</p>
    <p>${result}</p>`
}
