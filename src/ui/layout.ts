/** The document around every public page: head, header, main, footer. */
import { keepTogether, type Bilingual, type Language } from './format.ts'
import { attributes, html, raw, toText, type Html } from './html.ts'
import { iconSprite } from './parts.ts'
import { stylesheet } from './stylesheet.ts'
import { shellTexts } from './texts.ts'

/** Whose pages these are, and where somebody who disagrees can go. */
export type Company = {
  readonly name: string
  readonly officerEmail: string
  /** IANA name, e.g. 'Europe/Copenhagen'; clocks on the pages show this zone. */
  readonly timeZone: string
  readonly complaint: {
    readonly name: string
    readonly address: string
    readonly phone: string
    readonly url: string
    readonly text: Bilingual
  }
}

export type Shell = {
  readonly language: Language
  /** Unique and telling; never a person's name or number. The company's name is added. */
  readonly title: string
  readonly description: string
  /** Path and query in Danish, e.g. '/promises?vis=attention'; the English one is the same under /en. */
  readonly path: string
  readonly current?: 'policy' | 'promises' | 'start'
  readonly company: Company
}

/**
 * The content policy of every page rendered here: one sheet, drawings as data, nothing else.
 * A page with script would need a wider one and does not exist.
 */
export const contentSecurityPolicy =
  "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; " +
  "frame-ancestors 'none'; require-trusted-types-for 'script'"

/** A path of ours in the language: '/policy' is '/en/policy' in English and '/' is '/en'. */
export function localPath(path: string, language: Language): string {
  if (language === 'da') return path
  return path === '/' ? '/en' : `/en${path.startsWith('/') && !/^\/[#?]/.test(path) ? path : path.slice(1)}`
}

/** A whole HTML document with the main content in its frame. */
export function renderDocument(shell: Shell, main: Html): string {
  const { language } = shell
  return toText(
    html`<!doctype html>
      <html lang="${language}">
        <head>
          <meta charset="utf-8" />
          <title>${shell.title} – ${shell.company.name}</title>
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="description" content="${shell.description}" />
          <meta name="color-scheme" content="light dark" />
          <link rel="icon" href="data:image/svg+xml,${drawing}" />
          <link rel="stylesheet" href="${stylesheet().path}" />
          <link rel="alternate" hreflang="da" href="${localPath(shell.path, 'da')}" />
          <link rel="alternate" hreflang="en" href="${localPath(shell.path, 'en')}" />
        </head>
        <body>
          ${iconSprite()}
          <a class="skip" href="#main">${shellTexts(language).skip}</a>
          ${header(shell)}
          <main id="main" tabindex="-1">${main}</main>
          ${footer(shell)}
        </body>
      </html> `,
  )
}

function header(shell: Shell): Html {
  const words = shellTexts(shell.language)
  const link = (path: string, word: string, name: Shell['current'] | 'api') =>
    html`<a${attributes({
      href: localPath(path, shell.language),
      'aria-current': shell.current === name ? 'page' : false,
    })}>${word}</a>`
  const other = shell.language === 'da' ? 'en' : 'da'
  return html`<header class="top">
    <div class="wrap">
      <a class="brand" href="${localPath('/', shell.language)}"
        >${logo}<span>${shell.company.name} <small>${words.product}</small></span></a
      >
      <nav aria-label="${words.mainMenu}">
        ${link('/policy', words.policy, 'policy')}${link('/promises', words.promises, 'promises')}
        ${link('/#api', words.api, 'api')}
      </nav>
      <a class="language" lang="${other}" hreflang="${other}" href="${localPath(shell.path, other)}"
        >${words.otherLanguage}</a
      >
    </div>
  </header>`
}

function footer(shell: Shell): Html {
  const words = shellTexts(shell.language)
  const { complaint, officerEmail } = shell.company
  return html`<footer class="foot">
    <div class="wrap">
      <section>
        <h2>${words.unhappy}</h2>
        <p>${words.writeToOfficer} <a href="mailto:${officerEmail}">${officerEmail}</a>.</p>
        <p>
          ${words.complainTo} <a href="${complaint.url}">${complaint.name}</a>, ${complaint.address}, ${words.telephone}
          ${keepTogether(complaint.phone)}.
        </p>
      </section>
      <section>
        <h2>${words.personalData}</h2>
        <ul>
          <li><a href="${localPath('/policy', shell.language)}">${words.policy}</a></li>
          <li><a href="${localPath('/promises', shell.language)}">${words.promises}</a></li>
          <li><a href="${localPath('/cookies', shell.language)}">${words.cookies}</a></li>
        </ul>
      </section>
      <section>
        <h2>${words.thisPage}</h2>
        <p>${words.nothingStored}</p>
      </section>
    </div>
  </footer>`
}

const logo = raw`<svg viewBox="0 0 32 32" aria-hidden="true">
<rect width="32" height="32" rx="7" fill="#0a5566"/><path d="M8 17.5h16" stroke="#ffd84a" stroke-width="6"/>
<path d="M8 10h11M8 16.5h16M8 23h8" stroke="#fff" stroke-width="2.4" stroke-linecap="round"/></svg>`

const drawing = [
  "%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E",
  "%3Crect width='32' height='32' rx='7' fill='%230a5566'/%3E",
  "%3Cpath d='M8 17.5h16' stroke='%23ffd84a' stroke-width='6'/%3E",
  "%3Cpath d='M8 10h11M8 16.5h16M8 23h8' stroke='%23fff' stroke-width='2.4' stroke-linecap='round'/%3E%3C/svg%3E",
].join('')
