/** The shape of one refusal: what happened and what to do about it, in both languages. */

/** A sentence in Danish and in English. */
export type Bilingual = { readonly da: string; readonly en: string }

/** HTTP status, what is wrong, and the remedy. */
export type Entry = { readonly status: number; readonly title: Bilingual; readonly remedy: Bilingual }

type Sentence = readonly [da: string, en: string]

/** Writes one entry; each sentence is given in Danish first. */
export function entry(status: number, title: Sentence, remedy: Sentence): Entry {
  return { status, title: { da: title[0], en: title[1] }, remedy: { da: remedy[0], en: remedy[1] } }
}
