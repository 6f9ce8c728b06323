/** The sample: an invented client with a key of its own, and its portfolio, for a database that holds nothing yet. */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { SHIPPED } from './open.ts'
import { codeOf } from './platform/failure.ts'
import type { Bilingual } from './platform/problems.ts'
import { act, look, type Actor, type World } from './platform/world.ts'
import * as work from './work/work.ts'

export type Demo = {
  readonly client: string
  readonly partyId: string
  /** Where the sample client's secret key lies, to open the packages it is sent. */
  readonly keyFile: string
  readonly text: Bilingual
}

/** Takes a client's file in; returns how many lines it had. */
export type ImportPortfolio = (
  world: World,
  of: { readonly clientId: string; readonly file: string; readonly progress: (line: string) => void },
) => Promise<{ readonly lines: number }>

const CLIENT = 'Nordlys Energi (eksempel)'
const ACTOR: Actor = { id: 'operator', role: 'admin', surface: 'api' }

/** Registers the sample client and imports its portfolio. Returns null, and does nothing, when any client is known. */
export async function loadDemo(
  world: World,
  progress: (line: string) => void,
  importPortfolio?: ImportPortfolio,
): Promise<Demo | null> {
  const known = await look(world, ACTOR, from => work.parties(from, 'client'))
  if (known.length > 0) return null
  const keyFile = join(world.stateFolder, 'demo-client.agekey')
  const identity = await generateX25519Identity()
  const ageRecipient = await identityToRecipient(identity)
  writeSecret(keyFile, `# ${CLIENT}: secret age key of invented data\n# public key: ${ageRecipient}\n${identity}\n`)
  const { partyId } = await act(world, ACTOR, ctx => work.register(ctx, { kind: 'client', name: CLIENT, ageRecipient }))
  const file = join(SHIPPED, 'policies/intrum/examples/portfolio.csv')
  const done = await importPortfolio?.(world, { clientId: partyId, file, progress })
  return { client: CLIENT, partyId, keyFile, text: textOf(keyFile, done?.lines) }
}

function textOf(keyFile: string, lines: number | undefined): Bilingual {
  const da = lines === undefined ? 'er oprettet' : `er oprettet med ${lines} opdigtede linjer`
  const en = lines === undefined ? 'is registered' : `is registered with ${lines} invented lines`
  return {
    da: `Eksemplet ${CLIENT} ${da}. Dens hemmelige nøgle: ${keyFile}`,
    en: `The sample ${CLIENT} ${en}. Its secret key: ${keyFile}`,
  }
}

/** Written before the client is: a client whose key nobody has could never open what it is sent. */
function writeSecret(file: string, text: string): void {
  let handle: number
  try {
    handle = openSync(file, 'wx', 0o600)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
    // Left by a start that was killed before the client was registered.
    handle = openSync(file, 'w', 0o600)
  }
  writeSync(handle, text)
  fsyncSync(handle)
  closeSync(handle)
}
