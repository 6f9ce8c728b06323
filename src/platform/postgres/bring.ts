/** Brings the server of a data folder up: adopts the one that runs, or launches one and waits until it answers. */
import fs from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DataFolder } from '../data-folder.ts'
import { failure } from '../failure.ts'
import { databaseRunner, type Account } from './account.ts'
import { addressFor, addressFromLockFile } from './address.ts'
import { readyBinaries, type Binaries } from './binaries.ts'
import { prepareCluster, readPassword } from './cluster.ts'
import { knock, makeDatabase, wrongPassword, type OwnerAccess } from './connect.ts'
import { dropForeignLockFiles, lastWords, launch, livingServer, pruneLogs, readLockFile } from './process.ts'
import type { Address } from './settings.ts'
import { troubleFrom } from './trouble.ts'

/** A server that answers, whether we found it running or launched it. */
export type Brought = { readonly access: OwnerAccess; readonly adopted: boolean }

/** What a start needs to know. */
export type BringOptions = { readonly binaries: string; readonly database: string }

type Tools = { readonly binaries: Binaries; readonly account: Account; readonly database: string }

/** Recovery after a crash may have to replay a few gigabytes. */
const patience = 300_000
const beat = 25

/** Finds the folder's server running or starts it. To be called under the lock of the folder. */
export async function bring(folder: DataFolder, options: BringOptions): Promise<Brought> {
  const adopted = await adopt(folder, options.database)
  const access = adopted ?? (await startNew(folder, options))
  await makeDatabase(access)
  pruneLogs(folder)
  return { access, adopted: adopted !== undefined }
}

/** The server that already runs on the folder, once it answers; undefined when there is none, or it has just ended. */
async function adopt(folder: DataFolder, database: string): Promise<OwnerAccess | undefined> {
  const until = Date.now() + patience
  while (Date.now() < until) {
    const address = addressFromLockFile(folder, readLockFile(folder))
    const access = address && { ...address, database, password: readPassword(folder) ?? '' }
    const answer = access ? await knock(access) : 'nobody'
    if (answer === 'ready') return access
    if (answer === 'wrong-password') throw wrongPassword(folder.state)
    if (answer === 'nobody' && livingServer(folder) === undefined) return undefined
    await sleep(beat)
  }
  throw unreachable(livingServer(folder))
}

async function startNew(folder: DataFolder, options: BringOptions): Promise<OwnerAccess> {
  const account = databaseRunner()
  if (fs.existsSync(folder.pg)) checkOwner(folder, account)
  const binaries = readyBinaries(options.binaries, { root: folder.root, account })
  const { password } = await prepareCluster(folder, { binaries, account })
  const tools = { binaries, account, database: options.database }
  const until = Date.now() + patience
  while (Date.now() < until) {
    const address = await addressFor(folder, account)
    dropForeignLockFiles(folder, address)
    const access = { ...address, password, database: options.database }
    if (await launchOnce(folder, access, tools)) return access
    await sleep(10 * beat)
  }
  throw unreachable(livingServer(folder))
}

/** One attempt; false when the remains of a killed server are still in the way and it is worth another. */
async function launchOnce(folder: DataFolder, access: OwnerAccess, tools: Tools): Promise<boolean> {
  const address: Address = { host: access.host, port: access.port }
  const server = launch(folder, { postgres: tools.binaries.postgres, account: tools.account, address })
  const over = new AbortController()
  const answer = await Promise.race([untilReady(access, over.signal), server.ended]).finally(() => over.abort())
  if (answer === 'ready') return true
  const words = lastWords(folder)
  if (answer.startsWith('exit') && /lock file "postmaster.pid"|pre-existing shared memory/.test(words)) return false
  server.kill()
  if (answer === 'wrong-password') throw wrongPassword(folder.state)
  throw troubleFrom(`${answer}\n${words}`, folder.pg)
}

async function untilReady(access: OwnerAccess, over: AbortSignal): Promise<string> {
  const until = Date.now() + patience
  while (Date.now() < until && !over.aborted) {
    const answer = await knock(access)
    if (answer === 'ready' || answer === 'wrong-password') return answer
    await sleep(beat)
  }
  return 'no answer'
}

/** A folder made by another user would end in a half-readable mixture; it is left alone. */
function checkOwner(folder: DataFolder, account: Account): void {
  const wanted = account.uid ?? process.getuid?.()
  const found = fs.statSync(folder.pg).uid
  const empty = wanted !== undefined && found !== wanted && fs.readdirSync(folder.pg).length === 0
  if (wanted !== undefined && found !== wanted && !empty) throw troubleFrom('wrong ownership', folder.pg)
}

function unreachable(pid: number | undefined): Error {
  return failure({
    code: 'postgres/unreachable',
    da: `Databasen svarer ikke${pid ? ` (proces ${pid})` : ''}.`,
    en: `The database does not answer${pid ? ` (process ${pid})` : ''}.`,
    remedy: {
      da: `Stop den${pid ? ` med kill -INT ${pid}` : ''}, og start igen.`,
      en: `Stop it${pid ? ` with kill -INT ${pid}` : ''} and start again.`,
    },
  })
}
