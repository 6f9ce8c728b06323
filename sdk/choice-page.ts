/** The visitor's own page: the receipt, what this browser holds and removing it, the choice itself, and the guides. */
import { ASSET_VERSION } from './assets.ts'
import { answers, askedOf, categoryList, failure, headOf, hiddenFields, tokenField, type View } from './banner.ts'
import { html, safeLink, toText, type Html } from './html.ts'
import { askedCategories, entriesFor } from './register.ts'
import { dateText, textsOf, type Message, type Texts } from './texts.ts'
import type { Entry, Receipt } from './wire.ts'

/** What the page is made from. `back` may be empty: then no link back is shown. */
export type ChoicePage = View & {
  readonly receipt: Receipt | null
  /** Names of the cookies the browser sent. */
  readonly held: readonly string[]
  /** Categories ticked on a form that came too late; shown ticked again. */
  readonly preselect: readonly string[] | null
  readonly message: Message | null
  /** Counts lifetimes from here; now when left out. */
  readonly now?: Date
}

/** The whole document, complete without script (Cookiebekendtgørelsen § 3; GDPR 7(3), 12(1), 15). */
export function renderChoicePage(page: ChoicePage): string {
  const texts = textsOf(page.language)
  const site = page.register?.site ?? ''
  return toText(
    html`<!doctype html>
      <html lang="${page.language}">
        <head>
          <meta charset="utf-8" />
          <title>${texts.pageTitle}${site && ` – ${site}`}</title>
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="robots" content="noindex" />
          <meta name="color-scheme" content="light dark" />
          ${headOf(page)}
          <link rel="stylesheet" href="${page.base}/choice.css?v=${ASSET_VERSION}" />
          <script defer src="${page.base}/choice.js?v=${ASSET_VERSION}"></script>
        </head>
        <body class="indsigt indsigt-page">
          <main>
            ${top(page, texts)}${notices(page, texts)}${answer(page, texts)}${form(page, texts)}${heldPart(page, texts)}
            ${guides(page, texts)}
          </main>
        </body>
      </html> `,
  )
}

function top(page: ChoicePage, texts: Texts): Html {
  const other = page.language === 'da' ? 'en' : 'da'
  const back = safeLink(page.back)
  const query = `lang=${other}${page.back && `&back=${encodeURIComponent(page.back)}`}`
  return html`<nav>
      ${page.back !== '' && back !== '#' ? html`<a href="${back}">${texts.back}</a>` : html`<span></span>`}
      <a href="${page.base}/choice?${query}" lang="${other}" hreflang="${other}">${texts.otherLanguage}</a>
    </nav>
    <h1>${texts.pageTitle}</h1>
    <p>${texts.pageLead(page.register?.site ?? '')}</p>`
}

function notices(page: ChoicePage, texts: Texts): Html {
  const { message } = page
  const role = message === 'saved' || message === 'removed' ? 'status' : 'alert'
  const isOld = page.register === null || page.isStale
  return html`${message && html`<p class="indsigt-note" role="${role}">${texts.messages[message]}</p>`}
  ${page.isGpc && html`<p class="indsigt-note"><strong>${texts.gpcTitle}.</strong> ${texts.gpc}</p>`}
  ${isOld && html`<p class="indsigt-note">${texts.stale}</p>`}`
}

function answer(page: ChoicePage, texts: Texts): Html {
  const { receipt, register, choice } = page
  const isNothingAsked = register !== null && askedCategories(register).length === 0
  const without = isNothingAsked ? texts.onlyNecessary : choice === null ? texts.noChoice : texts.choiceWithoutReceipt
  const mayWithdraw = (choice?.accepted.length ?? 0) > 0 && askedOf(page).length > 0
  return html`<h2>${texts.yourChoice}</h2>
    ${receipt === null ? html`<p>${without}</p>` : receiptPart(receipt, page, texts)}
    ${
      mayWithdraw &&
      html`<form method="post" action="${page.base}/choice" autocomplete="off">
        ${hiddenFields(page)}${failure(texts)}<button name="method" value="withdraw">${texts.withdraw}</button>
      </form>`
    }`
}

function receiptPart(receipt: Receipt, page: ChoicePage, texts: Texts): Html {
  const { fields } = texts
  const when = (iso: string) => dateText(new Date(iso), page.language, 'minute')
  const policy = html`<a href="${safeLink(receipt.policyUrl)}">${texts.version(receipt.policyVersion)}</a>`
  const states = receipt.purposes.map(it => [it.title, texts.states[it.state]] as const)
  const facts: Pairs = [
    [fields.givenAt, when(receipt.givenAt)],
    [fields.expiresAt, when(receipt.expiresAt)],
    [fields.withdrawnAt, receipt.withdrawnAt === null ? null : when(receipt.withdrawnAt)],
    [fields.method, texts.methods[receipt.method]],
    [fields.gpc, receipt.isGpc ? texts.gpcOn : texts.gpcOff],
    [fields.controller, receipt.controller],
    [fields.site, receipt.site],
    [fields.language, textsOf(receipt.language).languageName],
    [fields.policy, policy],
  ]
  const proof: Pairs = [
    [fields.recordId, receipt.recordId],
    [fields.schemaVersion, receipt.schemaVersion],
    [fields.format, receipt.format],
    [fields.noticeSha256, receipt.noticeSha256],
    [fields.registerSha256, receipt.registerSha256],
    [fields.ledgerEntry, receipt.ledgerEntry],
    [fields.commitment, receipt.commitment],
  ]
  return html`${pairs(states)}
    <details>
      <summary>${texts.receipt}</summary>
      <p>${texts.receiptLead}</p>
      ${pairs([...facts, ...proof])}
    </details>`
}

type Pairs = readonly (readonly [string, Html | string | null])[]

function pairs(all: Pairs): Html {
  return html`<dl>
    ${all
      .filter(([, value]) => value !== null)
      .map(
        ([key, value]) =>
          html`<div>
            <dt>${key}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
  </dl>`
}

/** Under Global Privacy Control the list is shown and nothing is asked. */
function form(page: ChoicePage, texts: Texts): Html {
  if (page.register === null) return html``
  const ticked = page.preselect ?? page.choice?.accepted ?? []
  const isAsking = askedOf(page).length > 0 && !page.isGpc
  const list = categoryList(page, isAsking ? ticked : [])
  const policy = html`<p><a href="${safeLink(page.register.policyUrl)}">${texts.readPolicy}</a></p>`
  if (!isAsking)
    return html`<h2>${texts.details}</h2>
      ${list}${policy}`
  return html`<h2>${texts.yourAnswer}</h2>
    <form method="post" action="${page.base}/choice" autocomplete="off">
      ${hiddenFields(page)}${list}${policy}${failure(texts)}
      <div class="indsigt-row">${answers(texts, 'save')}</div>
    </form>`
}

/** What was sent is listed; what only a script can see lies ready and hidden until the script has found it. */
function heldPart(page: ChoicePage, texts: Texts): Html {
  const { register } = page
  const names = [...new Set(page.held)].filter(name => name !== '')
  const items = names.map(name => {
    const entry = register === null ? undefined : declared(page, name)
    return heldItem({ name, entry, page, isSeen: true })
  })
  const sent = new Set(names.flatMap(name => declared(page, name)?.name ?? []))
  const unseen = (register?.entries ?? []).filter(
    it => it.kind !== 'pixel' && !(it.kind === 'cookie' && sent.has(it.name)),
  )
  return html`<h2 id="held">${texts.held}</h2>
    <form method="post" action="${page.base}/remove" autocomplete="off">
      ${tokenField(page)}
      <ul>
        ${items}${unseen.map(entry => heldItem({ name: entry.name, entry, page, isSeen: false }))}
      </ul>
      <p class="indsigt-none">${texts.heldNone}</p>
      <div class="indsigt-some">
        <p>${texts.heldLead}</p>
        <button name="all" value="1">${texts.removeAll}</button>
      </div>
      <p class="indsigt-unseen">${texts.withoutScript}</p>
    </form>`
}

type Item = {
  readonly name: string
  readonly entry: Entry | undefined
  readonly page: ChoicePage
  readonly isSeen: boolean
}

function heldItem({ name, entry, page, isSeen }: Item): Html {
  const texts = textsOf(page.language)
  const until = entry && untilOf(entry, page)
  const body = html`<div>
      <strong>${name}</strong> <small>${texts.kinds[entry?.kind ?? 'cookie']}</small>
      <p>${entry === undefined ? texts.notListed : entry.purpose[page.language]}</p>
      ${
        entry &&
        html`<p>
          <small>${until === null ? texts.untilClosed : texts.untilDate}<time>${until}</time></small>
        </p>`
      }
    </div>
    <button name="name" value="${name}" aria-label="${texts.removeNamed(name)}">${texts.remove}</button>`
  const kind = entry?.kind ?? 'cookie'
  return isSeen
    ? html`<li data-kind="${kind}" data-name="${name}">${body}</li>`
    : html`<li data-kind="${kind}" data-name="${name}" hidden>${body}</li>`
}

/** The last day it can be there: the choice counts from when it was made, anything else from now at the latest. */
function untilOf(entry: Entry, page: ChoicePage): string | null {
  if (entry.lifetimeSeconds === null) return null
  const { choice, register } = page
  const isChoice = entry.name === register?.choiceCookie && choice !== null
  const start = isChoice ? choice.chosenAt * 1000 : (page.now ?? new Date()).getTime()
  return dateText(new Date(start + entry.lifetimeSeconds * 1000), page.language)
}

function declared(page: ChoicePage, name: string): Entry | undefined {
  const { register } = page
  return register === null ? undefined : entriesFor(register, { kind: 'cookie', name, host: register.site })[0]
}

function guides(page: ChoicePage, texts: Texts): Html {
  const all = page.register?.guides ?? []
  if (all.length === 0) return html``
  return html`<h2>${texts.guides}</h2>
    <p>${texts.guidesLead}</p>
    <p class="indsigt-links">${all.map(it => html`<a href="${safeLink(it.url)}" rel="noreferrer">${it.name}</a> `)}</p>`
}
