/** Watches what is stored in a visitor's browser: jar, web storage, databases, caches; and what scripts report. */
import { attempt, list, number, object, on, text, type Fields, type Session } from './cdp.ts'
import { keyOf, leftovers, look } from './cookies.ts'
import { evaluateAll } from './frames.ts'
import type { JarCookie, Tab, Visitor } from './model.ts'
import { readNote, scriptOf, type Note } from './notes.ts'
import type { ApiUse, Sighting } from './report.ts'
import { say, saySighting } from './say.ts'
import { hostOf, partyOf } from './site.ts'

type TabNow = () => Tab | null
type Kind = Exclude<Sighting['kind'], 'cookie' | 'pixel'>
type Stored = { readonly kind: Kind; readonly name: string; readonly value: string; readonly address: string }

const KINDS: readonly string[] = ['localStorage', 'sessionStorage', 'indexedDB', 'cache'] satisfies Kind[]
const ATTEMPTS_MAX = 5000

/** Listens to the reports of the instrument and to web storage in one session. */
export function watchStorage(visitor: Visitor, session: Session, tabNow: TabNow): void {
  const { binding, mark } = visitor.scan.instrument
  on(session, 'Runtime.bindingCalled', fields => {
    const tab = tabNow()
    if (text(fields, 'name') !== binding || !tab?.page) return
    const note = readNote(text(fields, 'payload'), mark)
    if (note) noted(tab, note)
  })
  for (const event of ['domStorageItemAdded', 'domStorageItemUpdated']) {
    on(session, `DOMStorage.${event}`, fields => {
      const tab = tabNow()
      if (tab?.page)
        stored(tab, { ...areaOf(fields), name: text(fields, 'key'), value: text(fields, 'newValue') }, 'script')
    })
  }
  on(session, 'DOMStorage.domStorageItemRemoved', fields => {
    const tab = tabNow()
    if (tab?.page) removed(tab, { ...areaOf(fields), name: text(fields, 'key'), value: '' })
  })
}

/** Asks for the jar once and says what is new. `isLast`: also what would otherwise wait for a second look. */
export async function pollCookies(visitor: Visitor, isLast: 'last' | 'more' = 'more'): Promise<void> {
  const askedAt = Date.now()
  const { browser } = visitor.browser.connection
  const answer = await attempt(browser, 'Storage.getCookies', { browserContextId: visitor.contextId })
  const tab = visitor.latest
  if (!answer || !tab?.page) return
  const jar = list(answer, 'cookies').map(readCookie)
  for (const cookie of jar) remember(visitor, cookie)
  const place = { persona: visitor.persona, phase: visitor.phase, page: tab.page }
  for (const sighting of look(visitor.cookies, jar, { ...place, askedAt, isLast: isLast === 'last' })) {
    saySighting(visitor, sighting)
  }
}

/** At the end of a phase: everything that is left, in the jar and in every frame of the open tabs. */
export async function sayLeftovers(visitor: Visitor): Promise<void> {
  await Promise.all([...visitor.tabs.values()].map(sayStored))
  await pollCookies(visitor, 'last')
  const page = visitor.latest?.page
  if (!page) return
  const place = { persona: visitor.persona, phase: visitor.phase, page }
  for (const sighting of leftovers(visitor.cookies, place, Date.now())) saySighting(visitor, sighting)
}

/** What web storages, databases and caches of a tab's frames hold; said as left, and as set when that was not seen. */
export async function sayStored(tab: Tab): Promise<void> {
  if (!tab.page || tab.failure === 'crashed') return
  for (const { value } of await evaluateAll(tab, DUMP)) {
    for (const item of list({ value }, 'value').slice(0, 1000)) {
      const found = { ...readStored(item), address: text(item, 'origin') }
      if (!KINDS.includes(found.kind)) continue
      if (!tab.visitor.said.has(everKey(found))) stored(tab, found, null)
      saySighting(tab.visitor, sightingOf(tab, found, { event: 'left' }))
    }
  }
}

/** The visitor deletes all cookies, as a browser's own settings let everybody do (S8). */
export async function deleteCookies(visitor: Visitor): Promise<void> {
  await pollCookies(visitor, 'last')
  const { jar } = visitor.cookies
  visitor.cookies.deleted = new Map([...jar].map(([key, cookie]) => [key, cookie.value]))
  jar.clear()
  visitor.cookies.origins.clear()
  visitor.cookies.unexplained.clear()
  await attempt(visitor.browser.connection.browser, 'Storage.clearCookies', { browserContextId: visitor.contextId })
}

function remember(visitor: Visitor, cookie: JarCookie): void {
  const key = `${keyOf(cookie)}\n${cookie.value}`
  const holders = visitor.scan.values.get(key) ?? new Set()
  if (holders.size === 0) visitor.scan.values.set(key, holders)
  holders.add(visitor.persona)
}

function noted(tab: Tab, note: Note): void {
  const { visitor } = tab
  if (note.kind === 'cookie' || note.kind === 'cookieStore') return attempted(tab, note)
  if (KINDS.includes(note.kind)) return stored(tab, { ...note, kind: note.kind as Kind }, note)
  if (!note.kind.startsWith('api.')) return
  const api: ApiUse = {
    persona: visitor.persona,
    phase: visitor.phase,
    page: tab.page,
    api: note.name as ApiUse['api'],
    script: scriptOf(note.stack),
    stack: note.stack,
  }
  say(visitor, ['api', api.phase, api.page, api.api, api.script].join('\n'), { type: 'api', api })
}

function attempted(tab: Tab, note: Note): void {
  const { visitor } = tab
  if (visitor.cookies.attempts.length > ATTEMPTS_MAX) return
  const pair = (note.value.split(';')[0] ?? '').replace(/\s*=\s*/, '=').trim()
  visitor.cookies.attempts.push({
    line: note.value,
    via: note.isWorker ? 'worker' : 'script',
    tab,
    page: tab.page,
    phase: visitor.phase,
    at: Date.now(),
    refused: null,
    // cookieStore tells the script itself when it fails.
    isVisible: note.seen === null ? true : note.seen.split('; ').includes(pair),
    initiator: scriptOf(note.stack),
    stack: note.stack,
    address: () => (hostOf(note.address) ? note.address : tab.page),
  })
}

function stored(tab: Tab, item: Stored, note: Note | 'script' | null): void {
  const { visitor } = tab
  const key = ['set', visitor.phase, tab.page, item.kind, originHost(tab, item), item.name].join('\n')
  const by = typeof note === 'object' ? note : null
  // The browser tells of the same thing a moment after the script did.
  if (!by && visitor.said.has(key)) return
  visitor.said.set(key, Date.now())
  visitor.said.set(everKey({ ...item, address: `http://${originHost(tab, item)}` }), Date.now())
  const via = by?.isWorker ? 'worker' : note ? 'script' : 'unknown'
  saySighting(visitor, sightingOf(tab, item, { via, initiator: by && scriptOf(by.stack), stack: by?.stack ?? [] }))
}

function removed(tab: Tab, item: Stored): void {
  const { visitor } = tab
  const key = ['set', visitor.phase, tab.page, item.kind, originHost(tab, item), item.name].join('\n')
  if (visitor.said.has(key)) saySighting(visitor, sightingOf(tab, item, { outcome: 'gone' }))
}

function sightingOf(tab: Tab, item: Stored, more: Partial<Sighting>): Sighting {
  const host = originHost(tab, item)
  return {
    persona: tab.visitor.persona,
    phase: tab.visitor.phase,
    page: tab.page,
    kind: item.kind,
    name: item.name,
    host,
    path: '/',
    party: partyOf(host, hostOf(tab.page)),
    value: item.value,
    raw: null,
    via: 'unknown',
    ...(item.kind === 'sessionStorage' ? { keptSeconds: null } : {}),
    secure: item.address.startsWith('https:'),
    httpOnly: false,
    sameSite: null,
    partitioned: false,
    outcome: 'kept',
    reason: null,
    initiator: null,
    stack: [],
    atMs: Math.max(0, Date.now() - tab.beganAt),
    event: 'set',
    ...more,
  }
}

/** A frame without an address of its own stores in its page's name. */
function originHost(tab: Tab, item: Stored): string {
  return hostOf(item.address) || hostOf(tab.page)
}

function everKey(item: Stored): string {
  return ['ever', item.kind, hostOf(item.address), item.name].join('\n')
}

function areaOf(fields: Fields): Pick<Stored, 'kind' | 'address'> {
  const area = object(fields, 'storageId')
  const address = text(area, 'securityOrigin') || text(area, 'storageKey').split('^')[0] || ''
  return { kind: area['isLocalStorage'] === true ? 'localStorage' : 'sessionStorage', address }
}

function readStored(item: Fields): Omit<Stored, 'address'> {
  return { kind: text(item, 'kind') as Kind, name: text(item, 'name'), value: text(item, 'value') }
}

function readCookie(cookie: Fields): JarCookie {
  const partition = cookie['partitionKey']
  return {
    name: text(cookie, 'name'),
    value: text(cookie, 'value'),
    domain: text(cookie, 'domain'),
    path: text(cookie, 'path'),
    expires: number(cookie, 'expires') ?? -1,
    secure: cookie['secure'] === true,
    httpOnly: cookie['httpOnly'] === true,
    sameSite: text(cookie, 'sameSite') || null,
    partition: partition ? JSON.stringify(partition) : '',
  }
}

const DUMP = String.raw`(async () => {
  const found = []
  const origin = self.origin
  const patient = promise => Promise.race([promise, new Promise(resolve => setTimeout(resolve, 1500, []))])
  for (const kind of ['localStorage', 'sessionStorage']) {
    try {
      const area = self[kind]
      for (let i = 0; i < Math.min(area.length, 300); i++) {
        const name = area.key(i)
        found.push({ kind, origin, name, value: String(area.getItem(name)).slice(0, 8192) })
      }
    } catch {}
  }
  try {
    const databases = await patient(indexedDB.databases())
    for (const it of databases) found.push({ kind: 'indexedDB', origin, name: it.name, value: '' })
  } catch {}
  try {
    for (const name of await patient(caches.keys())) found.push({ kind: 'cache', origin, name, value: '' })
  } catch {}
  return found
})()`
