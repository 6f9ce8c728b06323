/** One process at a time: a lock on a state folder that the kernel releases when its holder dies. */
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { failure } from '../failure.ts'

const busy = 5

/**
 * Runs `work` while no other process (or call in this one) does so for the same state folder.
 * The lock is the operating system's own file lock, taken through SQLite on an empty file: the kernel lets go of it
 * when its holder dies, however it dies, so it is never stale and no process id has to be trusted.
 * Nothing else may open the file: closing it anywhere in a process drops that process's lock (POSIX).
 * Throws `postgres/busy` when it is not free within `patience` milliseconds.
 */
export async function withLock<Result>(
  stateFolder: string,
  work: () => Promise<Result>,
  patience = 120_000,
): Promise<Result> {
  const file = path.join(stateFolder, 'postgres.lock')
  const lock = new DatabaseSync(file, { timeout: 0 })
  try {
    await take(lock, { file, until: Date.now() + patience })
    return await work()
  } finally {
    lock.close()
  }
}

async function take(lock: DatabaseSync, wait: { file: string; until: number }): Promise<void> {
  while (!tryTake(lock)) {
    if (Date.now() > wait.until) throw held(wait.file)
    await sleep(20 + Math.floor(Math.random() * 30))
  }
}

function tryTake(lock: DatabaseSync): boolean {
  try {
    lock.exec('begin exclusive')
    return true
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === busy) return false
    throw error
  }
}

function held(file: string): Error {
  return failure({
    code: 'postgres/busy',
    da: 'En anden proces er stadig ved at starte eller stoppe databasen.',
    en: 'Another process is still starting or stopping the database.',
    remedy: {
      da: `Vent, eller find den proces, der holder ${file}.`,
      en: `Wait, or find the process holding ${file}.`,
    },
  })
}
