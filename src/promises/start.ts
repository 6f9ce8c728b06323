/** The start page: what is running here, and where to go. */
import { formatValue, html, localPath, renderDocument, type Company, type Html, type Language } from '../ui/ui.ts'
import type { Board, Summary } from './board.ts'
import { boardTexts, summarySentence } from './texts.ts'

export type StartView = {
  readonly company: Company
  readonly policy: Board['policy']
  readonly summary: Summary
}

/** The start page as a whole HTML document in the language; links to policy, promises and API. */
export function renderStart(view: StartView, language: Language): string {
  const words = boardTexts(language)
  const title = words.start.title(view.company.name)
  const adopted = formatValue(view.policy.adoptedAt, language, view.company.timeZone)
  const policy = {
    path: '/policy',
    name: words.policy,
    fact: words.policyVersion(String(view.policy.version), adopted),
    text: words.start.policy,
  }
  const promises = {
    path: '/promises',
    name: words.title,
    fact: summarySentence(view.summary, language),
    text: words.start.promises,
  }
  const content = html`<div class="wrap opening">
    <div class="prose">
      <h1>${title}</h1>
      <p class="lead">${words.start.lead}</p>
    </div>
    <div class="doorways">
      ${doorway(policy, language)}${doorway(promises, language)}
      <section id="api">
        <h2>API</h2>
        <div>
          <p>${words.start.api}</p>
          <p>${words.start.apiKey}</p>
          <pre><code>curl -H "Authorization: Bearer $INDSIGT_KEY" …/v1/…</code></pre>
          <p><a href="/openapi.json">${words.start.apiDocument}</a></p>
        </div>
      </section>
    </div>
  </div>`
  return renderDocument(
    { language, title, description: words.start.lead, path: '/', current: 'start', company: view.company },
    content,
  )
}

type Doorway = { readonly path: string; readonly name: string; readonly fact: string; readonly text: string }

function doorway(door: Doorway, language: Language): Html {
  return html`<section>
    <h2><a href="${localPath(door.path, language)}">${door.name}</a></h2>
    <div>
      <p class="fact">${door.fact}</p>
      <p>${door.text}</p>
    </div>
  </section>`
}
