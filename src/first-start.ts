/** What happens the first time: the policy is adopted, and the administrator gets a key; and what is refused later. */
import { createHash } from 'node:crypto'
import * as identity from './identity/identity.ts'
import { Problem } from './platform/problems.ts'
import { readFile } from './platform/read-file.ts'
import { act, look, system, type Actor, type World } from './platform/world.ts'
import * as policy from './policy/policy.ts'

const FILE_MOST = 1024 * 1024

/** Who acts when the program itself sets the house up. */
const SETUP: Actor = { id: 'operator', role: 'admin', surface: 'api' }

export type Begun = { readonly version: number; readonly sha256: string; readonly adopted: boolean }

/** Adopts the file when no policy is in force yet. Returns null when one is. */
export async function beginPolicy(world: World, file: string): Promise<Begun | null> {
  if (world.rules) return null
  return policy.adopt(world, system('api', 'first-start'), readFile(file, FILE_MOST))
}

/**
 * Adopts the file at the first start; afterwards it must be the very file that was adopted. Throws
 * `policy.file_changed`, naming both fingerprints, when it is not.
 */
export async function requirePolicy(world: World, file: string): Promise<Begun> {
  const begun = await beginPolicy(world, file)
  if (begun) return begun
  const { version, sha256 } = policy.current({ world })
  const found = createHash('sha256').update(readFile(file, FILE_MOST)).digest('hex')
  if (found === sha256) return { version, sha256, adopted: false }
  throw new Problem('policy.file_changed', {
    detail: {
      da: `I brug: ${sha256}. Filen: ${found}. Blev en anden fil taget i brug, så nævn den: --policy FIL`,
      en: `In use: ${sha256}. The file: ${found}. If another file was adopted, name it: --policy FILE`,
    },
  })
}

/** The administrator's first key, when there has never been any key; null afterwards. Shown once, kept nowhere. */
export async function firstKey(world: World): Promise<identity.MadeKey | null> {
  if ((await look(world, SETUP, identity.keys)).length > 0) return null
  return act(world, SETUP, ctx => identity.createKey(ctx, { role: 'admin', days: identity.DAYS_MOST }))
}
