/** Invented boards for the tests of the promises page. */
import type { Board, ClauseState, Figure } from './board.ts'

/** A promise that is kept, changed where a test says so. */
export function clause(id: string, changes: Partial<ClauseState> = {}): ClauseState {
  return {
    id,
    section: 'a',
    text: { da: `Dansk sætning ${id} med «målte ord».`, en: `English sentence ${id} with «measured words».` },
    rule: { da: `Regel ${id}.`, en: `Rule ${id}.` },
    law: ['GDPR 5(1)(b)'],
    state: 'kept',
    enforced: [
      { where: 'database', what: { da: 'En række uden formål afvises.', en: 'A row without purpose is refused.' } },
    ],
    figures: [figure('1388')],
    ...changes,
  }
}

/** A figure with a value. */
export function figure(value: string, changes: Partial<Figure> = {}): Figure {
  return { label: { da: 'videregivelser', en: 'disclosures' }, value, ...changes }
}

/** A board of these promises in two sections. */
export function boardOf(clauses: readonly ClauseState[]): Board {
  return {
    measuredAt: '2026-11-23T08:48:00Z',
    policy: { version: 7, sha256: 'cd'.repeat(32), adoptedAt: '2026-10-01' },
    ledger: { entries: 1284907, signedAt: null },
    sections: [
      { code: 'a', title: { da: 'Afsnit A', en: 'Section A' } },
      { code: 'b', title: { da: 'Afsnit B', en: 'Section B' } },
    ],
    clauses,
  }
}
