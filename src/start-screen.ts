/** What stands on the terminal when the server has started: where it is, and what to try next. */
import type { Demo } from './demo.ts'
import type { Bilingual } from './platform/problems.ts'

export type Screen = {
  readonly address: string
  /** The port that was wanted and taken by somebody else. */
  readonly portTaken?: number
  readonly data: string
  readonly keys: string
  readonly database: 'embedded' | 'external'
  readonly policy: { readonly version: number; readonly sha256: string; readonly adopted: boolean }
  /** The administrator's key, at the very first start. */
  readonly key: string | null
  readonly demo: Demo | null
  readonly note?: Bilingual
}

/** The screen as lines, in the language first and the other in its shadow where it matters. */
export function screen(view: Screen, language: 'da' | 'en'): string[] {
  const { address, policy } = view
  const local = language === 'da' ? '' : '/en'
  const rows: readonly (readonly [Bilingual, string])[] = [
    [{ da: 'Start', en: 'Start' }, `${address}${local || '/'}`],
    [{ da: 'Politik', en: 'Policy' }, `${address}${local}/policy`],
    [{ da: 'Løfter', en: 'Promises' }, `${address}${local}/promises`],
    [{ da: 'API', en: 'API' }, `${address}/openapi.json`],
    [{ da: 'Data', en: 'Data' }, view.data],
    [{ da: 'Nøgler', en: 'Keys' }, view.keys],
    [{ da: 'Version', en: 'Version' }, `${policy.version}  sha256 ${policy.sha256}`],
  ]
  const width = Math.max(...rows.map(([label]) => label[language].length))
  const other = language === 'da' ? 'Indsigt is running' : 'Indsigt kører'
  return [
    '',
    `  ${language === 'da' ? 'Indsigt kører' : 'Indsigt is running'}  ·  ${other}`,
    '',
    ...rows.map(([label, value]) => `  ${label[language].padEnd(width)}   ${value}`),
    ...notes(view).flatMap(note => ['', `  ${note[language]}`]),
    ...keyLines(view, language),
    ...nextLines(view, language),
    '',
  ]
}

function notes(view: Screen): Bilingual[] {
  const { portTaken, note, policy, demo } = view
  return [
    ...(note ? [note] : []),
    ...(portTaken === undefined
      ? []
      : [
          {
            da: `Port ${portTaken} var optaget, så en anden er valgt.`,
            en: `Port ${portTaken} was taken, so another was chosen.`,
          },
        ]),
    ...(policy.adopted
      ? [{ da: 'Politikken blev taget i brug ved denne start.', en: 'The policy was adopted at this start.' }]
      : []),
    ...(demo ? [demo.text] : []),
  ]
}

function keyLines({ key }: Screen, language: 'da' | 'en'): string[] {
  if (key === null) return []
  const said = {
    da: 'Administratorens API-nøgle. Den vises kun denne ene gang:',
    en: 'The administrator’s API key. It is shown this once only:',
  }
  return ['', `  ${said[language]}`, '', `    ${key}`]
}

function nextLines({ address, key, demo }: Screen, language: 'da' | 'en'): string[] {
  const words = {
    da: {
      next: 'Prøv nu:',
      help: 'alle kommandoer',
      verify: 'regn protokollen efter',
      stop: 'Stop med Ctrl+C. Alt bliver liggende.',
    },
    en: {
      next: 'Try next:',
      help: 'all commands',
      verify: 'recompute the ledger',
      stop: 'Stop with Ctrl+C. Everything stays.',
    },
  }[language]
  const call = `curl -H "Authorization: Bearer ${key ?? '$INDSIGT_KEY'}" ${address}/v1/api-keys`
  return [
    '',
    `  ${words.next}`,
    `    indsigt --help      ${words.help}`,
    `    indsigt verify      ${words.verify}`,
    ...(demo ? [`    indsigt case list --client '${demo.client}'`] : []),
    `    ${call}`,
    '',
    `  ${words.stop}`,
  ]
}
