/** The published policy: the page is the policy file, rendered. Nothing on it is written twice. */
import {
  dataTable,
  emptyState,
  formatPeriod,
  formatValue,
  html,
  keepTogether,
  keyValues,
  localPath,
  marked,
  pick,
  renderDocument,
  type Company,
  type Html,
  type Language,
} from '../ui/ui.ts'
import { policyPageTexts } from './page-texts.ts'
import type { Category, Clause, PolicyDocument, RecipientKind, Retention } from './types.ts'

export type PolicyMeta = {
  readonly version: number | string
  /** Fingerprint of the adopted policy, as recorded at adoption. */
  readonly sha256: string
  /** A day or an instant. */
  readonly adoptedAt: string
}

/** The published policy as a whole HTML document in the language: Danish for /policy, English for /en/policy. */
export function renderPolicy(document: PolicyDocument, meta: PolicyMeta, language: Language): string {
  const words = policyPageTexts(language)
  const company = companyOf(document)
  const parts = partsOf(document, language)
  const content = html`<div class="wrap policy">
    <header class="opening">
      <h1>${pick(document.title, language)}</h1>
      <p class="lead">${words.howToRead}</p>
      ${versionLine(document, meta, language)}
    </header>
    ${contents(parts, language)}
    <div class="text">
      ${parts.map(
        part =>
          html`<section class="group">
            <h2 id="${part.id}">${part.title}</h2>
            ${part.content}
          </section> `,
      )}${fingerprint(meta, language)}
    </div>
  </div>`
  return renderDocument(
    {
      language,
      title: pick(document.title, language),
      description: words.description(company.name),
      path: '/policy',
      current: 'policy',
      company,
    },
    content,
  )
}

/** What the frame of every page says about the controller; taken from the policy and nowhere else. */
export function companyOf(document: PolicyDocument): Company {
  const { controller, complaint } = document
  const { name, address, phone, url, text } = complaint
  return {
    name: controller.name,
    officerEmail: controller.officer.email,
    timeZone: controller.timeZone,
    complaint: { name, address, phone, url, text },
  }
}

type Part = { readonly id: string; readonly title: string; readonly content: Html }

function partsOf(document: PolicyDocument, language: Language): readonly Part[] {
  const words = policyPageTexts(language)
  const sections = Object.entries(document.sections).map(([code, title]) => ({
    id: `section-${code}`,
    title: pick(title, language),
    content: sentences(
      document.clauses.filter(clause => clause.section === code),
      language,
    ),
  }))
  return [
    ...sections,
    { id: 'purposes', title: words.purposes, content: purposes(document, language) },
    { id: 'retention', title: words.retention, content: retention(document, language) },
    { id: 'recipients', title: words.recipients, content: recipients(document, language) },
    { id: 'cookies', title: words.cookies, content: cookies(document, language) },
    { id: 'contact', title: words.contact, content: contact(document, language) },
  ]
}

function versionLine(document: PolicyDocument, meta: PolicyMeta, language: Language): Html {
  const words = policyPageTexts(language)
  const zone = document.controller.timeZone
  return html`<ul class="seal">
    <li>${words.version(String(meta.version))}</li>
    <li>${words.validFrom(formatValue(document.validFrom, language, zone))}</li>
    <li>${words.adopted(formatValue(meta.adoptedAt, language, zone))}</li>
  </ul>`
}

function contents(parts: readonly Part[], language: Language): Html {
  const links = parts.map(part => html`<li><a href="#${part.id}">${part.title}</a></li>`)
  return html`<nav class="contents" aria-label="${policyPageTexts(language).contents}">
    <ol>
      ${links}
    </ol>
  </nav>`
}

function sentences(clauses: readonly Clause[], language: Language): Html {
  return html`<ol class="sentences">
    ${clauses.map(clause => sentence(clause, language))}
  </ol>`
}

function sentence(clause: Clause, language: Language): Html {
  const words = policyPageTexts(language)
  const number = numberOf(clause.id)
  const proof = `${localPath('/promises', language)}#${clause.id}`
  return html`<li id="${clause.id}">
    <a class="numeral" href="${proof}" aria-label="${words.sentence(number)}">${number}</a>
    <div>
      <p class="sentence">${marked(pick(clause.text, language))}</p>
      <details>
        <summary>${words.behind}<span class="hidden">: ${number}</span></summary>
        <p><b class="label">${words.rule}</b> ${pick(clause.rule, language)}</p>
        ${clause.law.length > 0 && html`<p><b class="label">${words.law}</b> ${clause.law.join(' · ')}</p>`}
        <p><a href="${proof}">${words.seeProof(number)}</a></p>
      </details>
    </div>
  </li> `
}

function purposes(document: PolicyDocument, language: Language): Html {
  const words = policyPageTexts(language)
  const rows = Object.values(document.purposes).map(purpose => [
    pick(purpose.text, language),
    pick(purpose.because, language),
    keepTogether(purpose.basis),
  ])
  const [purpose, because, basis] = words.purposeColumns
  return html`<p>${words.purposesLead}</p>
    ${dataTable({
      id: 'purposes-table',
      caption: words.purposes,
      columns: [{ label: purpose }, { label: because, wide: true }, { label: basis }],
      rows,
    })}`
}

function retention(document: PolicyDocument, language: Language): Html {
  const words = policyPageTexts(language)
  const rows = Object.values(document.categories).map(category => [
    categoryCell(category, language),
    retentionCell(category.retention, language),
    pick(category.retention.because, language),
    fieldNames(document, category, language),
  ])
  const [data, deleted, because, fields] = words.retentionColumns
  return html`<p>${words.retentionLead}</p>
    ${dataTable({
      id: 'retention-table',
      caption: words.retention,
      columns: [data, deleted, because, fields].map(label => ({ label, wide: true })),
      rows,
    })}`
}

function fieldNames(document: PolicyDocument, category: Category, language: Language): string {
  const names = category.fields.map(code => document.fields[code]?.text[language] ?? code)
  return names.map((name, index) => (index === 0 ? name : withinSentence(name))).join(', ')
}

/** 'Navn' is 'navn' inside a list; abbreviations such as 'CPR' keep their capitals. */
function withinSentence(name: string): string {
  return /^\p{Lu}\p{Lu}/u.test(name) ? name : name.charAt(0).toLowerCase() + name.slice(1)
}

function categoryCell(category: Category, language: Language): Html {
  const words = policyPageTexts(language)
  const sources = category.sources.map(source => words.sources[source]).join(', ')
  return html`${pick(category.text, language)}
    <small>${words.populations[category.population]}. ${words.from(sources)}</small>`
}

function retentionCell(rule: Retention, language: Language): Html {
  const words = policyPageTexts(language)
  const maximum =
    rule.maximum === undefined
      ? words.noMaximum
      : `${words.latest(formatPeriod(rule.maximum, language))} ${words.anchors[rule.anchor]}`
  const floor = rule.floor !== undefined && html` <b>${words.floor(formatPeriod(rule.floor, language))}</b>`
  return html`<b>${maximum}</b>${floor} <small>${words.review(formatPeriod(rule.review, language))}</small>`
}

function recipients(document: PolicyDocument, language: Language): Html {
  const words = policyPageTexts(language)
  const rows = Object.entries(document.recipients).flatMap(([kind, recipient]) =>
    recipient !== undefined && mayReceive(document, kind as RecipientKind)
      ? [[pick(recipient.text, language), keepTogether(recipient.article)]]
      : [],
  )
  if (rows.length === 0) return emptyState(words.noRecipients, words.noRecipientsWhy)
  const [recipient, basis] = words.recipientColumns
  const columns = [{ label: recipient, wide: true }, { label: basis }]
  const table = dataTable({ id: 'recipients-table', caption: words.recipients, columns, rows })
  return html`<p>${words.recipientsLead}</p>
    ${table}`
}

/** A kind of recipient is listed only when a rule permits something to it; 'others: never' is no recipient. */
function mayReceive(document: PolicyDocument, kind: RecipientKind): boolean {
  return document.rules.some(
    rule => rule.effect === 'permit' && rule.verbs.includes('disclose') && (rule.recipients?.includes(kind) ?? true),
  )
}

function cookies(document: PolicyDocument, language: Language): Html {
  const words = policyPageTexts(language)
  const { entries, browserGuides, categories } = document.cookies
  const rows = entries.map(cookie => [
    html`<code>${cookie.name}</code> <small>${words.cookieKinds[cookie.kind]}</small>`,
    pick(cookie.purpose, language),
    html`${cookie.setter} <small>${cookie.site ?? words.everySite}</small>`,
    pick(categories[cookie.category]?.title ?? { da: '', en: '' }, language),
    cookie.lifetime === 'session' ? words.untilClosed : formatPeriod(cookie.lifetime, language),
  ])
  const [name, purpose, setter, kind, lasts] = words.cookieColumns
  const columns = [
    { label: name },
    { label: purpose, wide: true },
    { label: setter },
    { label: kind },
    { label: lasts },
  ]
  const table = dataTable({ id: 'cookies-table', caption: words.cookies, columns, rows })
  const guides = browserGuides.map(guide => html`<li><a href="${guide.url}">${guide.name}</a></li>`)
  return html`${entries.length > 0 ? table : emptyState(words.noCookies, words.noCookiesWhy)}
  ${
    guides.length > 0 &&
    html`<p>${words.browserGuides}</p>
      <ul class="inline">
        ${guides}
      </ul>`
  }`
}

function contact(document: PolicyDocument, language: Language): Html {
  const words = policyPageTexts(language)
  const { controller, complaint } = document
  const mail = (address: string) => html`<a href="mailto:${address}">${address}</a>`
  const sites = document.sites.map(
    site => html`<span class="line">${site.host} ${site.subdomains && words.andSubdomains}</span>`,
  )
  return keyValues([
    [words.controller, html`${controller.name}<span class="line">${controller.address}</span>`],
    [words.registration, keepTogether(controller.cvr)],
    [words.email, mail(controller.email)],
    [words.telephone, keepTogether(controller.phone)],
    [words.officer, mail(controller.officer.email)],
    [words.appliesTo, html`${sites}`],
    [
      words.complaint,
      html`${pick(complaint.text, language)}<span class="line"
          ><a href="${complaint.url}">${complaint.name}</a>, ${complaint.address}, ${keepTogether(complaint.phone)},
          ${mail(complaint.email)}</span
        >`,
    ],
  ])
}

function fingerprint(meta: PolicyMeta, language: Language): Html {
  const words = policyPageTexts(language)
  return html`<details class="how">
    <summary>${words.fingerprint}</summary>
    <p>${words.fingerprintName}: <code>${meta.sha256}</code></p>
  </details>`
}

/** 'S16' is shown as '16'; a code of another shape as it is. */
function numberOf(id: string): string {
  return id.replace(/^S(?=\d+$)/, '')
}
