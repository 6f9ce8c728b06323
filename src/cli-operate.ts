/** Commands of the operator: bring a database up to this version, and verify the ledger. */
import { join } from 'node:path'
import * as ledger from './ledger/ledger.ts'
import { openServer, SHIPPED } from './open.ts'
import type { Call, Command, Outcome } from './platform/command.ts'
import { failure } from './platform/failure.ts'
import { openLog } from './platform/log.ts'
import { migrate } from './platform/migrate.ts'
import { Problem } from './platform/problems.ts'
import { look } from './platform/world.ts'
import * as policy from './policy/policy.ts'
import * as subjects from './subjects/subjects.ts'

const migrateCommand: Command = {
  name: 'migrate',
  summary: {
    da: 'Bring databasen op til denne version (DATABASE_OWNER_URL, ellers den medfølgende)',
    en: 'Bring the database up to this version (DATABASE_OWNER_URL, else the embedded one)',
  },
  run: async call => {
    const { folder, server } = await openServer({
      data: textOf(call.options['data']),
      keys: textOf(call.options['keys']),
      env: call.env,
      cwd: call.cwd,
      log: openLog(() => undefined),
    })
    try {
      if (server.ownerUrl === undefined) throw noOwner()
      const { applied } = await migrate({
        ownerUrl: server.ownerUrl,
        stateFolder: folder.state,
        migrationsFolder: join(SHIPPED, 'migrations'),
      })
      const none =
        call.language === 'da' ? 'Databasen er allerede på denne version.' : 'The database is at this version already.'
      return { json: { applied }, lines: applied.length > 0 ? applied : [none] }
    } finally {
      await server.stop()
    }
  },
}

const verifyCommand: Command = {
  name: 'verify',
  summary: {
    da: 'Regn protokollen efter, og nævn hver post, der er ændret, fjernet, tilføjet eller flyttet',
    en: 'Recompute the ledger and name each entry changed, removed, added or moved',
  },
  run: async call => {
    const world = await call.world()
    if (!policy.may(call.actor('worker').role, 'verifyLedger')) throw new Problem('identity.not_allowed')
    call.progress(call.language === 'da' ? 'Regner efter …' : 'Recomputing …')
    const { pools, stateFolder, keys } = world
    const report = await ledger.verify(pools.worker, stateFolder, ledger.ORIGIN, keys.signerPublicKey)
    const held = await look(world, call.actor('worker'), async at => {
      const { findings, bodies } = await ledger.auditSystem(at, 'policy.adopted')
      const adoptions = await policy.verifyAdoptions(at, bodies)
      return { openings: await subjects.verifyOpenings(at), findings: [...findings, ...adoptions] }
    })
    return outcomeOf(call, report, held)
  },
}

type Openings = Awaited<ReturnType<typeof subjects.verifyOpenings>>
type SystemFinding = ledger.Finding | policy.AdoptionFinding
type Held = { readonly openings: Openings; readonly findings: readonly SystemFinding[] }

const KINDS = {
  changed: { da: 'ændret', en: 'changed' },
  removed: { da: 'fjernet', en: 'removed' },
  added: { da: 'tilføjet', en: 'added' },
  reordered: { da: 'flyttet', en: 'moved' },
  checkpoint: { da: 'underskriften passer ikke til protokollen', en: 'the signature does not fit the log' },
  opening: { da: 'personens egen udgave passer ikke', en: 'the person’s own copy does not fit' },
  forged: { da: 'ikke skrevet af programmet', en: 'not written by the program' },
  policy: {
    da: 'politikken i databasen er ikke den, protokollen har',
    en: 'the policy in the database is not the one in the ledger',
  },
} as const

function outcomeOf(call: Call, report: ledger.Report, held: Held): Outcome {
  const { language } = call
  const { openings } = held
  const findings = [...report.findings, ...beside(report, [...held.findings, ...openings.findings])]
  const isGood = findings.length === 0
  const { entries, waiting, signedSize, root } = report
  const copies = openings.openings
  const lines = findings.map(it => {
    const place =
      'position' in it && it.position !== undefined ? `${language === 'da' ? 'plads' : 'position'} ${it.position}` : ''
    const which = 'version' in it ? `version ${it.version}` : (it.entryId ?? '')
    return [place, which, KINDS[it.kind][language]].filter(part => part !== '').join('  ')
  })
  const total =
    language === 'da'
      ? `${entries} poster, ${signedSize} underskrevet, ${waiting} venter på plads, ${copies} personlige udgaver.`
      : `${entries} entries, ${signedSize} signed, ${waiting} waiting for a place, ${copies} personal copies.`
  const good = {
    da: 'Intet er ændret, fjernet, tilføjet eller flyttet.',
    en: 'Nothing was changed, removed, added or moved.',
  }
  const bad = { da: `${findings.length} fund.`, en: `${findings.length} findings.` }
  return {
    exit: isGood ? 0 : 1,
    json: {
      ok: isGood,
      entries,
      waiting,
      signedSize,
      root,
      openings: openings.openings,
      forgotten: openings.forgotten,
      findings,
    },
    lines: [...lines, total, (isGood ? good : bad)[language]],
  }
}

/** What else is wrong. An entry that was tampered with is named once, and what follows from it is not named. */
function beside(report: ledger.Report, others: readonly (SystemFinding | Openings['findings'][number])[]) {
  const named = new Set(report.findings.map(it => it.entryId))
  return others.filter(it => ('version' in it ? report.findings.length === 0 : !named.has(it.entryId)))
}

function textOf(value: string | boolean | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function noOwner(): Error {
  return failure({
    code: 'migrate/no-owner',
    da: 'DATABASE_OWNER_URL er ikke sat.',
    en: 'DATABASE_OWNER_URL is not set.',
    remedy: {
      da: 'Sæt den til databasens ejer, og kør indsigt migrate igen.',
      en: 'Set it to the owner of the database and run indsigt migrate again.',
    },
  })
}

export const operateCommands: readonly Command[] = [migrateCommand, verifyCommand]
