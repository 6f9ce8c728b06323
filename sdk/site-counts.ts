/** Adds up what the guard refused and hands the figures to Indsigt, at most once a minute and never more than fits. */
import { isRefusal } from './client.ts'
import type { Backend, GuardCount } from './wire.ts'

/** A tally of one site's guard. */
export type Tally = { add(counts: readonly GuardCount[]): void; close(): Promise<void> }

/** How many different figures are kept while Indsigt does not answer. */
export const KEPT_COUNTS_MAX = 500

/** Starts a tally that reports every `everyMs`. A report that fails is kept for the next one, and nobody is told. */
export function keepTally(backend: Backend, everyMs: number): Tally {
  const kept = new Map<string, GuardCount>()
  let timer: NodeJS.Timeout | undefined

  function add(counts: readonly GuardCount[]): void {
    for (const one of counts) {
      const key = `${one.day} ${one.mode} ${one.code}`
      const before = kept.get(key)
      if (before) kept.set(key, { ...before, count: before.count + one.count })
      else if (kept.size < KEPT_COUNTS_MAX) kept.set(key, one)
    }
    if (kept.size > 0) schedule()
  }

  function schedule(): void {
    if (timer) return
    timer = setTimeout(() => void send(), everyMs)
    timer.unref()
  }

  async function send(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    const sent = [...kept.values()]
    kept.clear()
    if (sent.length === 0) return
    await hand(sent)
  }

  // A figure that Indsigt will not have, of a rule that is no more, must not keep the others from it for ever.
  async function hand(sent: readonly GuardCount[]): Promise<void> {
    try {
      await backend.count(sent)
    } catch (error) {
      if (!isRefusal(error)) add(sent)
      else if (sent.length > 1) for (const one of sent) await hand([one])
    }
  }

  return {
    add,
    close: async () => {
      await send()
      clearTimeout(timer)
    },
  }
}
