/** The public pages: start, policy, promises and the catalogue. No cookies, no script, language by path. */
import type { App, Call } from './app.ts'
import { languageOfPath, problemsPage } from './app-problems.ts'
import { Problem } from './platform/problems.ts'
import type { World } from './platform/world.ts'
import { companyOf, renderPolicy } from './policy/page.ts'
import * as policy from './policy/policy.ts'
import { renderPromises } from './promises/page.ts'
import * as promises from './promises/promises.ts'
import { stylesheet, type Language } from './ui/ui.ts'

/** One reading of the board serves everybody who asks within this time. */
const BOARD_LASTS_MS = 2_000

/** Mounts every page under its Danish and English path, and the stylesheet under its hashed name. */
export function mountPages(app: App, world: World): void {
  const board = shared(BOARD_LASTS_MS, () => promises.board(world))
  const pages: readonly (readonly [path: string, render: (language: Language, c: Call) => Promise<string>])[] = [
    ['/', async language => startPage(world, await board(), language)],
    ['/policy', language => policyPage(world, language)],
    ['/promises', async (language, c) => promisesPage(world, await board(), language, c.req.query('vis'))],
    ['/problems', async language => problemsPage(world, language)],
  ]
  for (const [path, render] of pages) {
    for (const local of [path, path === '/' ? '/en' : `/en${path}`]) {
      app.get(local, async c => {
        c.set('route', local)
        await requirePolicy(world)
        const language = languageOfPath(c.req.path)
        return c.body(await render(language, c), 200, {
          'content-type': 'text/html; charset=utf-8',
          'content-language': language,
          'cache-control': 'no-cache',
        })
      })
      app.all(local, c => noOther(c, local))
    }
  }
  mountStylesheet(app)
}

function mountStylesheet(app: App): void {
  const sheet = stylesheet()
  app.get(sheet.path, c => {
    c.set('route', '/assets/style.css')
    const isSmall = /\bbr\b/.test(c.req.header('accept-encoding') ?? '')
    const bytes = new Uint8Array(isSmall ? sheet.brotli : sheet.body)
    return c.body(bytes, 200, {
      'content-type': 'text/css; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'Accept-Encoding',
      ...(isSmall && { 'content-encoding': 'br' }),
    })
  })
}

function noOther(c: Call, path: string): never {
  c.set('route', path)
  c.set('allow', 'GET, HEAD')
  throw new Problem('request.method')
}

/** Another process may have adopted a newer one, or the first. */
async function requirePolicy(world: World): Promise<void> {
  await world.pools.public.read(tx => policy.follow(world, tx))
  if (!world.rules) throw new Problem('policy.not_adopted')
}

function startPage(world: World, board: promises.Board, language: Language): string {
  const company = companyOf(policy.current({ world }).document)
  return promises.renderStart({ company, policy: board.policy, summary: promises.summarise(board) }, language)
}

async function policyPage(world: World, language: Language): Promise<string> {
  const published = await policy.published(world)
  if (!published) throw new Problem('policy.not_adopted')
  const { version, sha256, adoptedAt } = published
  return renderPolicy(published.policy.document, { version, sha256, adoptedAt: adoptedAt.toISOString() }, language)
}

function promisesPage(world: World, board: promises.Board, language: Language, show: string | undefined): string {
  const company = companyOf(policy.current({ world }).document)
  return renderPromises(board, language, { company, ...(show !== undefined && { show }) })
}

/** One result for all who ask while it is being made and for a while after; a failure is not kept. */
function shared<T>(lastsMs: number, make: () => Promise<T>): () => Promise<T> {
  let kept: { until: number; readonly value: Promise<T> } | undefined
  return () => {
    if (kept && performance.now() < kept.until) return kept.value
    const mine = { until: Infinity, value: make() }
    kept = mine
    mine.value.then(
      () => (mine.until = performance.now() + lastsMs),
      () => (mine.until = 0),
    )
    return mine.value
  }
}
