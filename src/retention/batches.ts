/** How work is cut into acts. Pure. */

/** Cuts rows, in their order, into parts of at most `most` different persons. */
export function byPersons<Row extends { readonly subjectId: string }>(rows: readonly Row[], most: number): Row[][] {
  const parts: Row[][] = []
  let part: Row[] = []
  let persons = new Set<string>()
  for (const row of rows) {
    if (persons.size === most && !persons.has(row.subjectId)) {
      parts.push(part)
      part = []
      persons = new Set()
    }
    part.push(row)
    persons.add(row.subjectId)
  }
  return part.length > 0 ? [...parts, part] : parts
}

/** Rows of the same key together, in the order in which the keys first came. */
export function groupBy<Row>(rows: readonly Row[], key: (row: Row) => string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const known = groups.get(key(row))
    if (known) known.push(row)
    else groups.set(key(row), [row])
  }
  return groups
}
