/** Words that point at a person: e-mail addresses and names. Pure. */

/** An e-mail address, also with (at) or [at] for the sign. Linear in the length of the text. */
export function holdsEmail(text: string): boolean {
  if (text.includes('@') && hasAddress(text)) return true
  return WRITTEN_AT.test(text) && hasAddress(text.replace(WRITTEN_ATS, '@'))
}

/**
 * A person's name: two capitalised words side by side that are not among the usual words of settings, dates and
 * browsers, or one word after a key that says it is a name. Words have at least `shortest` letters.
 */
export function holdsName(text: string, shortest = 2): boolean {
  if (NAME_CUE.test(text) || LOOSE_CUE.test(text)) return true
  for (const [run] of text.matchAll(CAPITALISED)) {
    const words = run.split(SEPARATORS).filter(word => word.length >= shortest && !USUAL_WORDS.has(word.toLowerCase()))
    if (words.length >= 2) return true
  }
  return false
}

const WRITTEN_AT = /[([{ ]at[)\]} ]/i
const WRITTEN_ATS = / ?[([{]at[)\]}] ?| at /gi
const LOCAL = /[\p{L}\p{M}\d!#$%&'*+/=?^_`{|}~.-]$/u
const DOMAIN = /@(?:[\p{L}\p{M}\d](?:[\p{L}\p{M}\d-]{0,62})\.){1,8}(?:\p{L}{2,24}|xn--[a-z\d-]{2,59})(?![\p{L}\d-])/uy

function hasAddress(text: string): boolean {
  for (let at = text.indexOf('@', 1); at > 0; at = text.indexOf('@', at + 1)) {
    DOMAIN.lastIndex = at
    if (LOCAL.test(text.slice(Math.max(0, at - 2), at)) && DOMAIN.test(text)) return true
  }
  return false
}

const WORD = String.raw`\p{Lu}\p{Ll}+(?:['’-]\p{Lu}?\p{Ll}+)*`
const BETWEEN = String.raw`(?:[ _+\u00A0]|, ?|%20| \p{Lu}\.? )`
const CAPITALISED = new RegExp(String.raw`(?<![\p{L}\d])${WORD}(?:${BETWEEN}${WORD})+(?![\p{L}\d])`, 'gu')
const SEPARATORS = /[ _+,\u00A0.]+|%20/
const OPENING = String.raw`["']?\s?[=:]\s?["']?`
const NAME_KEY = 'navn|fornavn|efternavn|kundenavn|(?:first|last|full|sur|given|family|customer)[_-]?name|fname|lname'
const NAME_CUE = new RegExp(String.raw`(?:^|[^\p{L}])(?:${NAME_KEY})${OPENING}\p{L}{2}`, 'iu')
// A key that often names other things than people: its value must look like a name.
const LOOSE_KEY = '[Nn]ame|NAME|[Uu]ser(?:[Nn]ame)?|[Bb]ruger(?:navn)?|[Kk]unde|[Cc]ustomer'
const LOOSE_VALUE = String.raw`(?:\p{Lu}\p{Ll}+(?![\p{L}\d])|\p{Ll}{2,}(?:[ +_]|%20)\p{Ll}{2,})`
const LOOSE_CUE = new RegExp(String.raw`(?:^|[^\p{L}])(?:${LOOSE_KEY})${OPENING}${LOOSE_VALUE}`, 'u')

const USUAL_WORDS = new Set(
  [
    'mon tue wed thu fri sat sun monday tuesday wednesday thursday friday saturday sunday',
    'mandag tirsdag onsdag torsdag fredag lørdag søndag man tir ons tor fre lør søn',
    'jan feb mar apr may jun jul aug sep sept oct nov dec january february march april june july august september',
    'october november december januar februar marts maj juni juli oktober',
    'central european standard summer winter daylight time coordinated universal gmt utc',
    'mozilla windows linux android chrome chromium safari firefox edge opera mobile desktop tablet phone mac apple',
    'true false null none yes no on off dark light mode theme version default auto accept accepted reject rejected',
    'all only consent cookie cookies necessary statistics marketing preferences functional analytics settings',
    'denmark danmark copenhagen københavn new york english danish dansk engelsk da en dk last first page home',
  ].flatMap(line => line.split(' ')),
)
