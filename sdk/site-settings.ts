/** Keeps a site's register and key fresh: asks Indsigt in the background and knows how old its knowledge is. */
import { backendFailure } from './client.ts'
import type { Backend, Register } from './wire.ts'

/** What the site knows right now. A register that is stale still names what is strictly necessary. */
export type Known = { readonly register: Register; readonly key: string; readonly isStale: boolean }

/** The keeper of the settings. `now` is Indsigt's time as far as known, so that tokens of two machines agree. */
export type Settings = {
  ready(): Promise<void>
  current(): Known | null
  now(): Date
  close(): void
}

/** What a keeper is told; times in milliseconds. */
export type SettingsOptions = {
  readonly site: string
  readonly backend: Backend
  readonly refreshMs: number
  readonly staleMs: number
  readonly clock: () => Date
}

const RETRY_MS = 2000

/** Starts keeping. Never rejects and never keeps the process alive; a failed question changes nothing but the age. */
export function keepSettings(options: SettingsOptions): Settings {
  const { clock, staleMs } = options
  let found: Omit<Known, 'isStale'> | null = null
  let fetchedAt = 0
  let aheadMs = 0
  let timer: NodeJS.Timeout | undefined
  let isClosed = false

  async function refresh(): Promise<void> {
    try {
      const { register, key, now } = await options.backend.settings()
      if (register.site !== options.site) throw backendFailure(0, 'settings_of_another_site')
      // The same register keeps its object: what was worked out from it stays worked out.
      const isSame = found !== null && JSON.stringify(found.register) === JSON.stringify(register)
      found = { register: isSame && found ? found.register : register, key }
      fetchedAt = clock().getTime()
      aheadMs = Date.parse(now) - fetchedAt
    } catch {
      // What was known stays known; its age tells when it is too old to allow anything by.
    }
    if (isClosed) return
    timer = setTimeout(() => void refresh(), found ? options.refreshMs : Math.min(RETRY_MS, options.refreshMs))
    timer.unref()
  }

  const first = refresh()
  return {
    ready: () => first,
    current: () => found && { ...found, isStale: clock().getTime() - fetchedAt > staleMs },
    now: () => new Date(clock().getTime() + aheadMs),
    close: () => {
      isClosed = true
      clearTimeout(timer)
    },
  }
}
