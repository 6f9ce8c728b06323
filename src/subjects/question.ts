/** The question the vault asks the policy about one record. */
import type { Question, Source, Verb } from '../policy/types.ts'

/** About a record of this category and source: may `verb` be done for `purpose` with these fields? */
export function questionOf(
  verb: Verb,
  purpose: string,
  record: { readonly category: string; readonly source: Source; readonly fields: readonly string[] },
): Question {
  const { category, source, fields } = record
  return { verb, purpose, category, source, recipient: '', channel: '', fields }
}
