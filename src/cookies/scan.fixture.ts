/** Reports of scans that nobody made, signed as if they were: what is kept and shown of a scan needs no browser. */
import { createHash, randomUUID } from 'node:crypto'
import { reportBytes } from '../../scanner/format-json.ts'
import { PERSONAS, type Finding, type Report, type SignedReport } from '../../scanner/report.ts'
import { sha256OfRegister } from '../../sdk/register.ts'
import type { World } from '../platform/world.ts'
import * as cookies from './cookies.ts'

/** A finding of a code under a clause; its id is its code. */
export function finding(clause: string, code: string, some: Partial<Finding> = {}): Finding {
  return {
    id: code,
    code,
    clause,
    severity: 'breach',
    kind: 'cookie',
    name: '_ga',
    host: 'intrum.dk',
    pages: ['https://www.intrum.dk/'],
    personas: ['fresh'],
    phases: ['before'],
    evidence: [],
    text: { da: 'Cookien står ikke på listen.', en: 'The cookie is not on the list.' },
    remedy: { da: 'Skriv den på listen, eller fjern den.', en: 'Declare it or remove it.' },
    ...some,
  }
}

/** The report of a whole scan of www.intrum.dk against the list in force, changed where a test says so. */
export function reportOf(world: World, some: Partial<Report> = {}): Report {
  const register = cookies.registerFor(world, 'intrum.dk')
  if (!register) throw new Error('the shipped policy names intrum.dk')
  const finishedAt = new Date()
  return {
    format: 'indsigt-scan/1',
    scanId: randomUUID(),
    tool: 'indsigt 0',
    browser: 'Chromium 140',
    startedAt: new Date(finishedAt.getTime() - 20_000).toISOString(),
    finishedAt: finishedAt.toISOString(),
    site: 'intrum.dk',
    registerSha256: sha256OfRegister(register),
    coverage: {
      personas: PERSONAS.map(persona => ({ persona, pages: 2, dwellMs: 1000 })),
      pages: ['https://www.intrum.dk/', 'https://www.intrum.dk/kontakt'],
      notReached: [],
      isSandboxed: true,
      limits: { pagesMax: 10, dwellMs: 1000, scanLimitMs: 60_000 },
    },
    entries: register.entries.map(entry => ({
      entry,
      seen: 1,
      promisedSeconds: entry.lifetimeSeconds,
      givenSeconds: entry.lifetimeSeconds,
      verdict: 'kept' as const,
    })),
    sightings: [],
    findings: [],
    diff: null,
    ...some,
  }
}

/** The report with the signature of this world's own key. */
export function signed(world: World, report: Report): SignedReport & { readonly bytes: Buffer } {
  const bytes = reportBytes(report)
  return { report, bytes, signature: cookies.signerOf(world)(createHash('sha256').update(bytes).digest()) }
}
