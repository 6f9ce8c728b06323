/** The reject file: line, column, reason and remedy in both languages, and never a value (security A2). */
import { csvLine } from '../lib/csv-write.ts'
import { explain, type Explanation, type RejectCode } from './reject-texts.ts'
import type { FileCode } from './file-texts.ts'

/** One thing wrong with one line, as it is kept. */
export type Reject = {
  readonly line: number
  readonly column: string
  readonly code: string
  readonly clause: string
  /** The row was taken all the same. */
  readonly isRemark: boolean
}

/** The first line of the file. */
export const REJECT_HEADER = csvLine([
  'linje',
  'kolonne',
  'kode',
  'fejl',
  'error',
  'gør sådan',
  'remedy',
  'løfte',
  'afvist',
])

/** One line of the file. Excel in Denmark reads it as it is. */
export function rejectLine({ line, column, code, clause, isRemark }: Reject): string {
  const { da, en } = explanationOf(code)
  return csvLine([String(line), column, code, da[0], en[0], da[1], en[1], clause, isRemark ? 'nej/no' : 'ja/yes'])
}

/** What a code means and what to do about it. */
export function explanationOf(code: string): Explanation {
  return code === 'reference_repeated' ? REPEATED : explain(code as RejectCode | FileCode)
}

const REPEATED: Explanation = {
  da: ['Sagsnummeret står allerede højere oppe i filen.', 'Behold én række for hver sag, og send den igen.'],
  en: ['This reference stands further up in the file already.', 'Keep one row for each case and send it again.'],
}
