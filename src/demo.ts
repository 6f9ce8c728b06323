/** The sample: an invented client with a key of its own, and its portfolio, for a database that holds nothing yet. */
import { join } from 'node:path'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import * as intake from './intake/intake.ts'
import { SHIPPED } from './open.ts'
import type { Bilingual } from './platform/problems.ts'
import { writePrivateFile } from './platform/secret.ts'
import { openSource } from './platform/spool.ts'
import { act, look, type Actor, type World } from './platform/world.ts'
import * as work from './work/work.ts'

export type Demo = {
  readonly client: string
  readonly partyId: string
  /** Where the sample client's secret key lies, to open the packages it is sent. */
  readonly keyFile: string
  readonly text: Bilingual
}

const CLIENT = 'Nordlys Energi (eksempel)'
const ACTOR: Actor = { id: 'operator', role: 'admin', surface: 'api' }

/**
 * Registers the sample client and imports its portfolio. Returns null, and does nothing, when there is any other
 * client or the sample is there; one that was cut short by a kill goes on.
 */
export async function loadDemo(world: World): Promise<Demo | null> {
  const known = await look(world, ACTOR, from => work.parties(from, 'client'))
  const sample = known.find(party => party.name === CLIENT)
  if (known.length > (sample ? 1 : 0)) return null
  const imports = await look(world, ACTOR, intake.list)
  if (sample && imports.some(report => report.state === 'finished')) return null
  const keyFile = join(world.stateFolder, 'demo-client.agekey')
  const partyId = sample?.partyId ?? (await register(world, keyFile))
  const { rows, created, rejected, reviewed } = await deliver(world, partyId)
  const text = {
    da: `Eksemplet ${CLIENT}: ${rows} opdigtede linjer, ${created} sager, ${reviewed} til gennemsyn, ${rejected} afvist.`,
    en: `The sample ${CLIENT}: ${rows} invented lines, ${created} cases, ${reviewed} to be looked at, ${rejected} refused.`,
  }
  return { client: CLIENT, partyId, keyFile, text }
}

/** The key is written first: a client whose key nobody has could never open what it is sent. */
async function register(world: World, keyFile: string): Promise<string> {
  const identity = await generateX25519Identity()
  const ageRecipient = await identityToRecipient(identity)
  writePrivateFile(
    keyFile,
    `# ${CLIENT}: secret age key of invented data\n# public key: ${ageRecipient}\n${identity}\n`,
  )
  return (await act(world, ACTOR, ctx => work.register(ctx, { kind: 'client', name: CLIENT, ageRecipient }))).partyId
}

async function deliver(world: World, clientId: string): Promise<intake.Delivered> {
  const source = await openSource(join(SHIPPED, 'policies/intrum/examples/portfolio.csv'))
  try {
    return await intake.deliver(world, ACTOR, source, { clientId })
  } finally {
    await source.close()
  }
}
