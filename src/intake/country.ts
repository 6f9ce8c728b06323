/**
 * ISO 3166 code of a country given as a code or by its Danish or English name; 'DK' for an empty cell, undefined for
 * anything else.
 */
export function countryCode(text: string): string | undefined {
  if (text === '') return 'DK'
  return COUNTRIES.get(text.toLowerCase())
}

/** Regions that `Intl` names and no letter can be sent to. */
const NOT_COUNTRIES: ReadonlySet<string> = new Set([
  'EU',
  'EZ',
  'UN',
  'QO',
  'XA',
  'XB',
  'ZZ',
  'UK',
  'AN',
  'DD',
  'SU',
  'YU',
])
const COUNTRIES = allCountries()

function allCountries(): ReadonlyMap<string, string> {
  const danish = new Intl.DisplayNames('da', { type: 'region', fallback: 'none' })
  const english = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' })
  const found = new Map<string, string>([
    ['dnk', 'DK'],
    ['swe', 'SE'],
    ['nor', 'NO'],
    ['deu', 'DE'],
    ['gbr', 'GB'],
  ])
  const letters = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ')
  for (const code of letters.flatMap(first => letters.map(second => first + second))) {
    const name = english.of(code)
    if (name === undefined || NOT_COUNTRIES.has(code)) continue
    for (const key of [code, name, danish.of(code) ?? name]) found.set(key.toLowerCase(), code)
  }
  return found
}
