/** What a door is: a place in this program or its database that keeps a promise. Pure. */
import type { Text } from '../policy/types.ts'
import type { EnforcedWhere } from './board.ts'

export type Door = {
  readonly where: EnforcedWhere
  readonly what: Text
  /** Name of a constraint, or of a function as 'schema.name', in the database. */
  readonly inDatabase?: string
  /** The file whose code is the door. */
  readonly inCode?: string
}

export type Doors = { readonly doors: readonly Door[]; readonly why?: Text }

/** A constraint or function of the database that says no by itself. */
export function kept(inDatabase: string, da: string, en: string): Door {
  const [textDa, textEn] = [`${da} (${inDatabase})`, `${en} (${inDatabase})`]
  return { where: 'database', what: { da: textDa, en: textEn }, inDatabase }
}

/** Code that says no. */
export function coded(where: Exclude<EnforcedWhere, 'database'>, inCode: string, what: Text): Door {
  return { where, what, inCode }
}
