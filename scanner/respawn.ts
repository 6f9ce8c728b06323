/** Which cookies came back to life: only a value by which somebody is known again can. Pure. */
import { looksIdentifying } from './identifying.ts'
import type { Judged } from './judge-storage.ts'

/**
 * Takes the word "respawned" off what every visitor is given alike: a word, a value that the list names, a value that
 * two visitors share. Setting it again knows nobody again (S8).
 */
export function plainRespawns(judged: readonly Judged[]): Judged[] {
  if (!judged.some(it => it.sighting.event === 'respawn')) return [...judged]
  const holders = new Map<string, Set<string>>()
  for (const { sighting } of judged) {
    const key = keyOf(sighting)
    holders.set(key, (holders.get(key) ?? new Set()).add(sighting.persona))
  }
  const isTelling = ({ sighting, entry }: Judged) =>
    looksIdentifying(sighting.value) &&
    entry?.values?.includes(sighting.value) !== true &&
    (holders.get(keyOf(sighting))?.size ?? 0) < 2
  return judged.map(it =>
    it.sighting.event !== 'respawn' || isTelling(it) ? it : { ...it, sighting: { ...it.sighting, event: 'set' } },
  )
}

const keyOf = ({ kind, name, host, value }: Judged['sighting']): string => [kind, name, host, value].join('\n')
