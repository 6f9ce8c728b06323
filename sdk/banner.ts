/** What a visitor meets on every page: the question, its details and the way back to them, as finished HTML. */
import { ASSET_VERSION } from './assets.ts'
import { html, safeLink, toText, type Html } from './html.ts'
import { askedCategories, consentTag } from './register.ts'
import { inSentence, lifetimeText, listText, textsOf, type Texts } from './texts.ts'
import type { Category, Choice, Entry, Language, Register } from './wire.ts'

/** What the pages are made from. `choice` is null when there is none, or it was about another list. */
export type View = {
  readonly register: Register | null
  /** The register is too old to ask from: nothing optional may run. */
  readonly isStale: boolean
  readonly language: Language
  readonly choice: Choice | null
  readonly isGpc: boolean
  /** Null on a page that many visitors share; the script then fetches one. */
  readonly token: string | null
  /** Path below which the site's own pages for cookies lie, e.g. '/indsigt'. */
  readonly base: string
  /** Path to come back to after a choice without script. */
  readonly back: string
}

/**
 * Sheet and script for the page's head. Without a fresh register the script is told no tag, so that nothing
 * optional starts.
 */
export function renderHead(view: View): string {
  return toText(headOf(view))
}

/**
 * The question, when there is one to ask; the details; and always the control that leads to them (GDPR 7(3)).
 * Belongs right after `<body>`: then its first control is the first stop of the keyboard.
 */
export function renderBanner(view: View): string {
  const texts = textsOf(view.language)
  const asked = askedOf(view)
  const isAsking = asked.length > 0 && !view.isGpc
  const control = view.register !== null && askedCategories(view.register).length === 0 ? texts.about : texts.change
  return toText(
    html`<section class="indsigt" role="region" aria-label="${texts.region}" lang="${view.language}">
      ${isAsking && view.choice === null && question(view, asked)}${isAsking && dialog(view)}
      <a class="indsigt-control" href="${choiceLink(view)}"
        >${control} <span role="status" data-text="${texts.saved}"></span
      ></a>
    </section>`,
  )
}

/** What stands in the place of content that waits for a yes; put it right before its template. '' after that yes. */
export function renderPlaceholder(category: string, view: View): string {
  if (!view.isGpc && !view.isStale && view.choice?.accepted.includes(category) === true) return ''
  const texts = textsOf(view.language)
  const found = view.register?.categories.find(it => it.code === category)
  const title = found === undefined ? category : inSentence(found.title[view.language])
  return toText(
    html`<p class="indsigt indsigt-hold" data-indsigt-hold lang="${view.language}">
      <span>${texts.holdText(title)}</span> <a href="${choiceLink(view)}">${texts.holdLink}</a>
    </p>`,
  )
}

/** Sheet and script, as markup; see `renderHead`. */
export function headOf(view: View): Html {
  const { base, language, register } = view
  const asked = register === null ? [] : askedCategories(register)
  // Where a yes would not count, no button offers one.
  const shown = view.isGpc || view.isStale ? [] : asked
  const shows = shown.map(it => textsOf(language).show(inSentence(it.title[language])))
  return html`<link rel="stylesheet" href="${base}/banner.css?v=${ASSET_VERSION}" />
    <script
      defer
      src="${base}/consent.js?v=${ASSET_VERSION}"
      data-cookie="${register?.choiceCookie ?? ''}"
      data-tag="${register !== null && !view.isStale ? consentTag(register) : ''}"
      data-categories="${asked.map(it => it.code).join(' ')}"
      data-signals="${signalsOf(asked)}"
      data-show="${shows.join('|')}"
      data-base="${base}"
      data-language="${language}"
    ></script>`
}

/** Where a visitor without script reads and changes the choice, in the language of the page. */
function choiceLink(view: View): string {
  return `${view.base}/choice?lang=${view.language}`
}

const SIGNALS = [
  'ad_storage',
  'ad_user_data',
  'ad_personalization',
  'analytics_storage',
  'functionality_storage',
  'personalization_storage',
]

/** Every signal of Google Consent Mode v2 with the category it follows; one that follows none stays denied. */
function signalsOf(asked: readonly Category[]): string {
  const all = new Set([...SIGNALS, ...asked.flatMap(it => it.signals)])
  return [...all].map(it => `${it}=${asked.find(category => category.signals.includes(it))?.code ?? ''}`).join(' ')
}

/** The categories this view may ask about; none when the register is missing or too old. */
export function askedOf(view: View): readonly Category[] {
  return view.register === null || view.isStale ? [] : askedCategories(view.register)
}

/** The one-time token, unseen in a form. */
export function tokenField(view: View): Html {
  return html`<input type="hidden" name="token" value="${view.token ?? ''}" />`
}

/** What each form of a choice carries unseen: the one-time token and the way back. */
export function hiddenFields(view: View): Html {
  return html`${tokenField(view)}<input type="hidden" name="back" value="${view.back}" />`
}

/** Room for the sentence that a choice could not be kept; the script shows it. */
export function failure(texts: Texts): Html {
  return html`<p class="indsigt-failed" role="alert" hidden>${texts.failed}</p>`
}

/** Reject and accept, reject first, alike in everything (EDPB Cookie Banner Taskforce 2023); `save` beside them. */
export function answers(texts: Texts, save?: 'save'): Html {
  return html`${save && html`<button name="method" value="save">${texts.save}</button>`}<button
      name="method"
      value="reject"
    >
      ${texts.reject}</button
    ><button name="method" value="accept">${texts.accept}</button>`
}

/** All categories with what is declared in them. Boxes named in `ticked` are ticked, and no other. */
export function categoryList(view: View, ticked: readonly string[]): Html {
  const { register } = view
  if (register === null) return html``
  return html`${register.categories.map(category => {
    const entries = register.entries.filter(it => it.category === category.code)
    return categoryPart(category, { entries, view, isTicked: ticked.includes(category.code) })
  })}`
}

function question(view: View, asked: readonly Category[]): Html {
  const texts = textsOf(view.language)
  const purposes = asked.map(it => inSentence(it.title[view.language]))
  const controller = view.register?.controller ?? ''
  return html`<form class="indsigt-banner" method="post" action="${view.base}/choice" autocomplete="off">
    ${hiddenFields(view)}
    <div>
      <p><strong>${texts.question}</strong></p>
      <p>${texts.ask(controller, listText(purposes, view.language))}</p>
      ${failure(texts)}
    </div>
    <div class="indsigt-row">
      ${answers(texts)}<a href="${choiceLink(view)}">${texts.seeAll(view.register?.entries.length ?? 0)}</a>
    </div>
  </form>`
}

function dialog(view: View): Html {
  const texts = textsOf(view.language)
  return html`<dialog class="indsigt-dialog" aria-labelledby="indsigt-details" closedby="any">
    <form method="dialog"><button class="indsigt-close">${texts.close}</button></form>
    <h2 id="indsigt-details">${texts.details}</h2>
    <form method="post" action="${view.base}/choice" autocomplete="off">
      ${hiddenFields(view)}${categoryList(view, view.choice?.accepted ?? [])}
      <p><a href="${safeLink(view.register?.policyUrl ?? '')}">${texts.readPolicy}</a></p>
      ${failure(texts)}
      <div class="indsigt-row">${answers(texts, 'save')}</div>
    </form>
  </dialog>`
}

type Part = { readonly entries: readonly Entry[]; readonly view: View; readonly isTicked: boolean }

function categoryPart(category: Category, { entries, view, isTicked }: Part): Html {
  const texts = textsOf(view.language)
  const title = category.title[view.language]
  const box = isTicked
    ? html`<input type="checkbox" name="category" value="${category.code}" checked />`
    : html`<input type="checkbox" name="category" value="${category.code}" />`
  const head =
    category.isNecessary || view.isGpc
      ? html`${title} <small>${category.isNecessary ? texts.always : texts.never}</small>`
      : html`<label>${box} ${title}</label>`
  return html`<div class="indsigt-part">
    <h3>${head}</h3>
    <p>${category.text[view.language]}</p>
    ${
      entries.length === 0
        ? html`<p><small>${texts.noEntries}</small></p>`
        : html`<details>
            <summary>${texts.showList(title, entries.length)}</summary>
            ${table({ title, isNecessary: category.isNecessary, entries }, view.language)}
          </details>`
    }
  </div>`
}

type List = { readonly title: string; readonly isNecessary: boolean; readonly entries: readonly Entry[] }

/** The script sweeps by these rows; what is necessary names no category there and is never swept. */
function table({ title, isNecessary, entries }: List, language: Language): Html {
  const texts = textsOf(language)
  const { columns } = texts
  const head = [columns.name, columns.setter, columns.purpose, columns.lifetime, columns.kind]
  const rows = entries.map(
    entry =>
      html`<tr data-kind="${entry.kind}" data-name="${entry.name}" data-category="${isNecessary ? '' : entry.category}">
        <th scope="row">${entry.name}</th>
        <td>${entry.setter}</td>
        <td>${entry.purpose[language]}</td>
        <td>${lifetimeText(entry.lifetime, language)}</td>
        <td>${texts.kinds[entry.kind]}</td>
      </tr>`,
  )
  return html`<div class="indsigt-scroll" role="region" aria-label="${texts.listOf(title)}" tabindex="0">
    <table>
      <thead>
        <tr>
          ${head.map(it => html`<th scope="col">${it}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`
}
