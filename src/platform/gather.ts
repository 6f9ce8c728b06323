/**
 * Calls that come while the same work is under way are done together in the next round: one transaction and one
 * flush to disk for all of them, and no call waits for a timer. Each is answered when its own round is done.
 */

type Waiting<Item, Result> = {
  readonly item: Item
  readonly resolve: (result: Result) => void
  readonly reject: (reason: unknown) => void
}

/**
 * Makes a function that hands single items to `work`, at most `most` in a round and `lanes` rounds at a time (one):
 * with two, the database works on one while the answers of the other are sent. `work` gives one result for each item,
 * in their order. When a round fails, its items are tried one by one, so that the fault of
 * one is not told to another.
 */
export function gather<Item, Result>(
  work: (items: readonly Item[]) => Promise<readonly Result[]>,
  most: number,
  lanes = 1,
): (item: Item) => Promise<Result> {
  const queue: Waiting<Item, Result>[] = []
  let running = 0

  const rounds = async (): Promise<void> => {
    running += 1
    // Calls of the same turn of the loop belong to one round.
    await Promise.resolve()
    while (queue.length > 0) await round(work, queue.splice(0, most))
    running -= 1
  }
  return item =>
    new Promise<Result>((resolve, reject) => {
      queue.push({ item, resolve, reject })
      if (running < lanes) void rounds()
    })
}

async function round<Item, Result>(
  work: (items: readonly Item[]) => Promise<readonly Result[]>,
  waiting: readonly Waiting<Item, Result>[],
): Promise<void> {
  try {
    const results = await work(waiting.map(it => it.item))
    if (results.length !== waiting.length) throw new Error('a round gives one result for each item')
    waiting.forEach((it, index) => it.resolve(results[index] as Result))
  } catch (error) {
    if (waiting.length === 1) waiting[0]?.reject(error)
    else for (const it of waiting) await round(work, [it])
  }
}
