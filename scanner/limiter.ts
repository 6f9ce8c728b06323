/** Lets a limited number of things happen at once, in the order of asking. */

export type Limiter = { take(): Promise<() => void> }

/** A limiter for `most` at a time. `take` answers with the function that gives the place back. */
export function limiter(most: number): Limiter {
  const queue: (() => void)[] = []
  let taken = 0
  const give = () => {
    const next = queue.shift()
    if (next) next()
    else taken--
  }
  return {
    async take() {
      if (taken < most) taken++
      else await new Promise<void>(resolve => queue.push(resolve))
      let isGiven = false
      return () => {
        if (!isGiven) give()
        isGiven = true
      }
    },
  }
}
