/**
 * A letter on paper: one self-contained document for a printer, with the address where a window envelope
 * shows it and everything else where it does not. Read on a screen it is an ordinary accessible page.
 */
import type { Language } from './format.ts'
import { html, raw, toText } from './html.ts'

export type LetterSection = {
  readonly heading: string
  readonly lines: readonly string[]
  /** Set apart in a box, for what the law wants shown separately. */
  readonly isApart?: boolean
}

export type Letter = {
  readonly language: Language
  /** Neutral: it is the name of the window on a screen and of the job at a printer. */
  readonly windowTitle: string
  /** Where it goes back to when it cannot be delivered; seen from outside, so without a name. */
  readonly returnTo: string
  /** Seen from outside through the window. */
  readonly address: readonly string[]
  readonly date: string
  readonly title: string
  readonly opening: readonly string[]
  readonly sections: readonly LetterSection[]
  readonly footer: string
}

/** The letter as one HTML document. Every value is text; none can become markup. */
export function renderLetter(letter: Letter): string {
  return toText(
    html`<!doctype html>
      <html lang="${letter.language}">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="robots" content="noindex" />
          <title>${letter.windowTitle}</title>
          ${sheet}
        </head>
        <body>
          <header>
            <p class="return">${letter.returnTo}</p>
            <address translate="no">${letter.address.map(line => html`<span dir="auto">${line}</span>`)}</address>
            <p class="date">${letter.date}</p>
          </header>
          <main>
            <h1>${letter.title}</h1>
            ${letter.opening.map(line => html`<p>${line}</p>`)} ${letter.sections.map(section)}
          </main>
          <footer><p>${letter.footer}</p></footer>
        </body>
      </html>`,
  )
}

function section({ heading, lines, isApart }: LetterSection) {
  const content =
    lines.length > 1
      ? html`<ul>
          ${lines.map(line => html`<li>${line}</li>`)}
        </ul>`
      : html`<p>${lines}</p>`
  return html`<section class="${isApart ? 'apart' : 'plain'}">
    <h2>${heading}</h2>
    ${content}
  </section>`
}

// The window of a Danish C5 envelope: 20 mm from the left, 45 mm from the top, 90 by 35 mm.
const sheet = raw`<style>
@page { size: A4; margin: 20mm 20mm 22mm; }
@page :first { margin-top: 0; }
html { font: 11pt/1.45 Georgia, 'Times New Roman', serif; color: #000; background: #fff; }
body { margin: 0 auto; max-width: 170mm; }
header { position: relative; height: 98mm; }
header .return { position: absolute; top: 45mm; left: 0; margin: 0; width: 90mm; font-size: 7.5pt; }
header address { position: absolute; top: 50mm; left: 0; width: 90mm; max-height: 30mm; overflow: hidden; }
address { font-style: normal; }
header address span { display: block; unicode-bidi: isolate; overflow-wrap: anywhere; }
header .date { position: absolute; top: 86mm; right: 0; margin: 0; }
h1 { font-size: 15pt; line-height: 1.25; margin: 0 0 4mm; }
h2 { font-size: 11pt; margin: 5mm 0 1mm; break-after: avoid; }
p, ul { margin: 0 0 2mm; orphans: 3; widows: 3; overflow-wrap: anywhere; }
ul { padding-left: 5mm; }
section { break-inside: avoid; }
.apart { border: 0.5mm solid #000; padding: 0 4mm 2mm; margin: 5mm 0; }
footer { margin-top: 8mm; font-size: 8.5pt; }
@media screen { body { padding: 0 5mm 10mm; } }
</style>`
