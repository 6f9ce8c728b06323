/** How long somebody waits for work that may take longer: the timer lives here, so that no other file needs one. */

/**
 * What `work` comes to, when that is within so many milliseconds; else throws what `late` makes. The work itself goes
 * on: only the waiting ends.
 */
export async function within<T>(milliseconds: number, work: Promise<T>, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), milliseconds)
  })
  try {
    return await Promise.race([work, over])
  } finally {
    clearTimeout(timer)
  }
}
