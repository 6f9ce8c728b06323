/** Refusals as pages, and the page that lists every code of the catalogue. */
import { CATALOGUE, statusOf, type Problem } from './platform/problems.ts'
import type { World } from './platform/world.ts'
import { companyOf } from './policy/page.ts'
import * as policy from './policy/policy.ts'
import { dataTable, html, localPath, problemContent, renderDocument, type Language } from './ui/ui.ts'

/** The language a page's path speaks: English under /en, else Danish. */
export function languageOfPath(path: string): Language {
  return path === '/en' || path.startsWith('/en/') ? 'en' : 'da'
}

/** A refusal as a page, or null while there is no policy and so no company to sign it. */
export function problemPage(world: World, path: string, problem: Problem, requestId: string): string | null {
  if (!world.rules) return null
  const language = languageOfPath(path)
  const { title, remedy } = CATALOGUE[problem.code]
  const { detail, clause } = problem.refusal
  const isOurs = statusOf(problem) >= 500
  const content = problemContent(
    {
      title: title[language],
      detail: detail?.[language] ?? EXPLAINED[language],
      remedy: remedy[language],
      ...(clause && {
        promise: { number: clause.replace(/^S/, ''), href: `${localPath('/policy', language)}#${clause}` },
      }),
      ...(isOurs && { reference: requestId }),
    },
    language,
  )
  return documentOf(world, { language, title: title[language], path: '/', content })
}

const EXPLAINED = {
  da: 'Adressen kan være skrevet forkert, eller siden er flyttet.',
  en: 'The address may be mistyped, or the page has moved.',
}

/** Every code that an answer can carry, with its status, sentence and remedy. */
export function problemsPage(world: World, language: Language): string {
  const words = WORDS[language]
  const rows = Object.entries(CATALOGUE).map(([code, { status, title, remedy }]) => [
    html`<code id="${code}">${code}</code>`,
    String(status),
    title[language],
    remedy[language],
  ])
  const [code, status, sentence, remedy] = words.columns
  const table = dataTable({
    id: 'problems-table',
    caption: words.title,
    columns: [{ label: code }, { label: status }, { label: sentence, wide: true }, { label: remedy, wide: true }],
    rows,
  })
  const content = html`<div class="wrap opening">
    <h1>${words.title}</h1>
    <p class="lead">${words.lead}</p>
    ${table}
  </div>`
  return documentOf(world, { language, title: words.title, path: '/problems', content })
}

const WORDS = {
  da: {
    title: 'Svar, der siger nej',
    lead: 'Hvert afslag har en fast kode. Her står, hvad den betyder, og hvad man kan gøre.',
    columns: ['Kode', 'Status', 'Hvad der skete', 'Hvad du kan gøre'],
  },
  en: {
    title: 'Answers that say no',
    lead: 'Each refusal has a fixed code. Here is what it means and what you can do.',
    columns: ['Code', 'Status', 'What happened', 'What you can do'],
  },
} as const

type Page = {
  readonly language: Language
  readonly title: string
  readonly path: string
  readonly content: Parameters<typeof renderDocument>[1]
}

function documentOf(world: World, page: Page): string {
  const company = companyOf(policy.current({ world }).document)
  const { language, title, path } = page
  return renderDocument({ language, title, description: title, path, company }, page.content)
}
