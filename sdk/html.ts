/** A small escaping template: what is put between its words is text and can never become markup. */

const markup = Symbol('markup')

/** A piece of finished markup; only this file can make one. */
export type Html = { readonly [markup]: string }

/** What may stand in a template. `false`, `null` and `undefined` write nothing. */
export type Content = Html | string | number | false | null | undefined | readonly Content[]

/** Builds markup. Values stand in text or between double quotes; strings and numbers are escaped in both places. */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Html {
  const text = strings.map((part, index) => part.replace(/\s*\n\s*/g, '\n') + written(values[index]))
  return { [markup]: text.join('') }
}

/** The finished text, ready to be sent. */
export function toText(piece: Html): string {
  return piece[markup]
}

/** An address for `href`: http, https or a path stays as it is; anything that could run or be guessed becomes '#'. */
export function safeLink(link: string): string {
  // Browsers ignore control characters and spaces inside a scheme, so they are not looked at either.
  const bare = link.replace(/[\u0000-\u0020\u007f]/g, '')
  return /^(https?:\/\/|\/(?![/\\]))/i.test(bare) ? link : '#'
}

function written(value: Content): string {
  if (value === false || value === null || value === undefined) return ''
  if (isList(value)) return value.map(written).join('')
  if (typeof value === 'object') return value[markup]
  return String(value).replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
}

// `Array.isArray` alone would lose what a read-only list holds.
const isList = (value: Content): value is readonly Content[] => Array.isArray(value)
