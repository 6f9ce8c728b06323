/** Which of the two languages somebody reads. */
export type Language = 'da' | 'en'

/** The better of Danish and English in an Accept-Language header; English when it names neither. */
export function languageOf(header: string | null | undefined): Language {
  const weights = new Map<string, number>()
  for (const part of (header ?? '').slice(0, 500).toLowerCase().split(',')) {
    const [name = '', ...parameters] = part.trim().split(';')
    const quality = parameters.map(it => /^\s*q=(\d(?:\.\d{1,3})?)\s*$/.exec(it)?.[1]).find(it => it !== undefined)
    const base = name.split('-')[0] ?? ''
    weights.set(base, Math.max(weights.get(base) ?? 0, Number(quality ?? 1)))
  }
  return (weights.get('da') ?? 0) > (weights.get('en') ?? 0) ? 'da' : 'en'
}

/** The language of a terminal, by LC_ALL, LC_MESSAGES or LANG; Danish when it begins with 'da', else English. */
export function languageOfTerminal(env: Readonly<Record<string, string | undefined>>): Language {
  const named = env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG'] || ''
  return named.toLowerCase().startsWith('da') ? 'da' : 'en'
}
