/** Rounds of work: together when it is busy, alone when it is not, and nobody pays for another's fault. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { gather } from './gather.ts'

test('calls that come while a round is under way are done together in the next', async () => {
  const rounds: number[][] = []
  const double = gather(async (items: readonly number[]) => {
    rounds.push([...items])
    await pause(5)
    return items.map(item => item * 2)
  }, 100)
  const first = double(1)
  await pause(1)
  const rest = [2, 3, 4].map(item => double(item))
  assert.deepEqual(await Promise.all([first, ...rest]), [2, 4, 6, 8])
  assert.deepEqual(rounds, [[1], [2, 3, 4]])
})

test('a round takes no more than the most', async () => {
  const sizes: number[] = []
  const same = gather(async (items: readonly number[]) => {
    sizes.push(items.length)
    return items
  }, 2)
  await Promise.all([1, 2, 3, 4, 5].map(item => same(item)))
  assert.deepEqual(sizes, [2, 2, 1])
})

test('with two lanes a second round begins before the first has ended, and a third does not', async () => {
  const rounds: number[][] = []
  const same = gather(
    async (items: readonly number[]) => {
      rounds.push([...items])
      await pause(20)
      return items
    },
    100,
    2,
  )
  const all: Promise<number>[] = []
  for (const item of [1, 2, 3, 4]) {
    all.push(same(item))
    await pause(2)
  }
  assert.deepEqual(rounds, [[1], [2]])
  assert.deepEqual(await Promise.all(all), [1, 2, 3, 4])
  assert.deepEqual(rounds, [[1], [2], [3, 4]])
})

test('the fault of one item is told to nobody else', async () => {
  const strict = gather(async (items: readonly number[]) => {
    if (items.includes(13)) throw new Error('thirteen')
    return items
  }, 100)
  const answers = await Promise.allSettled([1, 13, 2].map(item => strict(item)))
  assert.deepEqual(
    answers.map(answer => answer.status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
})

test('after a failed round the next call is answered', async () => {
  let isBroken = true
  const work = gather(async (items: readonly string[]) => {
    if (isBroken) throw new Error('away')
    return items
  }, 10)
  await assert.rejects(work('a'))
  isBroken = false
  assert.equal(await work('b'), 'b')
})
