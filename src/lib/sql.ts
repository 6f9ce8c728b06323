/** One statement with its values kept apart, so that text from outside can never become SQL. */
export type Sql = { readonly text: string; readonly values: readonly unknown[]; readonly [SQL]: true }

const SQL = Symbol('sql')

/**
 * Builds a parameterised statement. A nested `sql` fragment is spliced in; every other value
 * becomes a numbered parameter. The text depends on the template alone, so it can be prepared once.
 */
export function sql(strings: TemplateStringsArray, ...inputs: readonly unknown[]): Sql {
  const values: unknown[] = []
  let text = strings[0] ?? ''
  inputs.forEach((input, index) => {
    text += isSql(input) ? renumber(input, values) : `$${values.push(input)}`
    text += strings[index + 1] ?? ''
  })
  return { text, values, [SQL]: true }
}

/** Joins fragments with a separator fragment, e.g. conditions with ` and `. */
export function join(parts: readonly Sql[], separator: string): Sql {
  const values: unknown[] = []
  const text = parts.map(part => renumber(part, values)).join(separator)
  return { text, values, [SQL]: true }
}

function isSql(input: unknown): input is Sql {
  return typeof input === 'object' && input !== null && SQL in input
}

function renumber(part: Sql, values: unknown[]): string {
  const offset = values.length
  values.push(...part.values)
  return part.text.replace(/\$(\d+)/g, (_, digits: string) => `$${Number(digits) + offset}`)
}
