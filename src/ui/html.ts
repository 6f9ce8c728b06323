/**
 * An escaping tagged template. Whatever is put between the words of a template is text, and text can never
 * become markup: safety is the type, not the care of whoever writes the page.
 */

const markup = Symbol('markup')
const attributeList = Symbol('attributeList')

/** A piece of finished markup. Only this file can make one, so data that came from outside never passes for it. */
export type Html = { readonly [markup]: string }

/** Finished attributes, each with its leading space; made by `attributes`. */
export type Attributes = { readonly [attributeList]: string }

/** What may stand in a template. `false`, `null` and `undefined` write nothing, so `condition && html…` works. */
export type Content = Html | Attributes | string | number | false | null | undefined | readonly Content[]

/**
 * Builds markup from a template. Strings and numbers are escaped wherever they stand; arrays are joined.
 * A link that is not http, https, mailto, tel or a path of ours becomes '#'. The template's own indentation is
 * not sent; a line break in it counts as one space, as it does to a reader.
 * @throws TypeError for a template that the strict content policy of the pages would refuse (script, style,
 * event attributes) and for a value where nothing can be escaped safely (unquoted attribute, tag name).
 */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Html {
  const { parts, places } = readTemplate(strings)
  let text = parts[0] ?? ''
  values.forEach((value, index) => {
    text += written(value, places[index] ?? 'text') + (parts[index + 1] ?? '')
  })
  return { [markup]: text }
}

/** Markup exactly as written. Takes a template without values, so that only a constant of ours can be meant. */
export function raw(strings: TemplateStringsArray): Html {
  return { [markup]: strings.join('') }
}

/**
 * Attributes from plain data: `true` writes the bare name, `false`, `null` and `undefined` leave it out.
 * @throws TypeError for `style`, event attributes and malformed names.
 */
export function attributes(values: {
  readonly [name: string]: string | number | boolean | null | undefined
}): Attributes {
  let text = ''
  for (const [name, value] of Object.entries(values)) {
    if (!/^[a-z][a-z0-9-]*$/.test(name) || name === 'style' || name.startsWith('on'))
      throw new TypeError(`attribute not allowed: ${name}`)
    if (value === false || value === null || value === undefined) continue
    text +=
      value === true
        ? ` ${name}`
        : ` ${name}="${escape(linkNames.has(name) ? safeLink(String(value)) : String(value))}"`
  }
  return { [attributeList]: text }
}

/** The finished text of a piece of markup, ready to be sent. */
export function toText(piece: Html): string {
  return piece[markup]
}

/** The five characters that have a meaning in HTML, as entities; the rest untouched. */
export function escape(text: string): string {
  return text.replace(/[&<>"']/g, character => entities[character] ?? character)
}

const entities: { readonly [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const linkNames: ReadonlySet<string> = new Set(['href', 'src', 'action'])

type Place = 'text' | 'tag' | 'quoted' | 'link'

function written(value: Content, place: Place): string {
  if (value === false || value === null || value === undefined) return ''
  if (isList(value)) return value.map(item => written(item, place)).join('')
  if (typeof value === 'object') return finished(value, place)
  if (place === 'tag') throw new TypeError('a value outside quotes in a tag: use attributes()')
  return escape(place === 'link' ? safeLink(String(value)) : String(value))
}

// `Array.isArray` alone would lose what a read-only list holds.
const isList = (value: Content): value is readonly Content[] => Array.isArray(value)

function finished(value: Html | Attributes, place: Place): string {
  if (place === 'tag' && attributeList in value) return value[attributeList]
  if (place === 'text' && markup in value) return value[markup]
  throw new TypeError(`an object that is not markup made here, or markup in the wrong place (${place})`)
}

function safeLink(link: string): string {
  // Browsers ignore control characters and spaces before and inside a scheme, so they are not looked at either.
  const bare = link.replace(/[\u0000-\u0020\u007f]/g, '')
  const scheme = /^([^/?#]*?):/.exec(bare)?.[1]
  return scheme === undefined || /^(https?|mailto|tel)$/i.test(scheme) ? link : '#'
}

type Template = { readonly parts: readonly string[]; readonly places: readonly Place[] }

const known = new WeakMap<TemplateStringsArray, Template>()

function readTemplate(strings: TemplateStringsArray): Template {
  const seen = known.get(strings)
  if (seen) return seen
  if (/<(script|style)\b|\s(style|on[a-z]+)\s*=/i.test(strings.join('')))
    throw new TypeError('a template with script, style or an event attribute')
  const places: Place[] = []
  let state = '>'
  for (const part of strings) {
    state = walk(part, state)
    places.push(placeAfter(part, state))
  }
  if (state !== '>') throw new TypeError('a template that ends inside a tag')
  const template = { parts: strings.map(part => part.replace(/\s*\n\s*/g, '\n')), places }
  known.set(strings, template)
  return template
}

/** The state is the character that opened where we are: '>' text, '<' tag, a quote for an attribute's value. */
function walk(part: string, start: string): string {
  let state = start
  for (const character of part) {
    if (state === '>' ? character === '<' : state === '<' && /[>"']/.test(character)) state = character
    else if (state === character && state !== '>') state = '<'
  }
  return state
}

function placeAfter(part: string, state: string): Place {
  if (state === '>') return 'text'
  if (state === '<') return 'tag'
  return /\b(href|src|action)=["']$/.test(part) ? 'link' : 'quoted'
}
