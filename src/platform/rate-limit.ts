/** A token bucket for each caller: so many a second, and no more than one second's worth at once. */
export type RateLimit = {
  /** Takes one. Returns 0 when there was one, else the whole seconds until there is. `now` is in milliseconds. */
  take(who: string, now: number): number
}

const CALLERS_MOST = 10_000

/** Makes a limit of `perSecond` for each caller. Callers not seen for a while are forgotten. */
export function openRateLimit(perSecond: number): RateLimit {
  const buckets = new Map<string, { left: number; at: number }>()
  return {
    take: (who, now) => {
      const known = buckets.get(who)
      const left = known ? Math.min(perSecond, known.left + ((now - known.at) * perSecond) / 1000) : perSecond
      // The one that moves to the end is the newest, so the oldest are the first to be forgotten.
      buckets.delete(who)
      const isThere = left >= 1
      buckets.set(who, { left: isThere ? left - 1 : left, at: now })
      if (buckets.size > CALLERS_MOST) buckets.delete(buckets.keys().next().value as string)
      return isThere ? 0 : Math.max(1, Math.ceil((1 - left) / perSecond))
    },
  }
}
