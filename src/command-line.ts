/** Words into a command: finds it, parses its options, writes its help. Knows nothing of what commands do. */
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util'
import type { Command, OptionSpec } from './platform/command.ts'
import { Problem, type Bilingual } from './platform/problems.ts'

type Language = 'da' | 'en'

/** Options that every command takes. */
export const GLOBALS: { readonly [name: string]: OptionSpec } = {
  data: {
    type: 'string',
    value: 'DIR',
    text: { da: 'Datamappen (INDSIGT_DATA; ./data)', en: 'Data folder (INDSIGT_DATA; ./data)' },
  },
  keys: {
    type: 'string',
    value: 'DIR',
    text: { da: 'Nøglemappen (INDSIGT_KEYS; DATA.keys)', en: 'Key folder (INDSIGT_KEYS; DATA.keys)' },
  },
  format: {
    type: 'string',
    value: 'text|json',
    text: { da: 'Svarets form; json giver ét dokument', en: 'Form of the answer; json gives one document' },
  },
  lang: { type: 'string', value: 'da|en', text: { da: 'Sprog (ellers efter LANG)', en: 'Language (else by LANG)' } },
  help: { type: 'boolean', text: { da: 'Vis denne hjælp', en: 'Show this help' } },
}

export type Found = { readonly command: Command; readonly args: readonly string[]; readonly options: Options }
export type Options = { readonly [name: string]: string | boolean | undefined }

/** The global options alone, as far as they can be read; for the language and form of an error. */
export function readGlobals(argv: readonly string[]): { readonly options: Options; readonly words: readonly string[] } {
  const { values, positionals } = parseArgs({
    args: [...argv],
    options: { ...configOf(GLOBALS), version: { type: 'boolean' } },
    strict: false,
    allowPositionals: true,
  })
  return { options: values, words: positionals }
}

/** The command these words name, the longest that fits; undefined when there is none. */
export function findCommand(commands: readonly Command[], words: readonly string[]): Command | undefined {
  const fits = (command: Command) => command.name.split(' ').every((word, index) => words[index] === word)
  return commands.filter(fits).toSorted((left, right) => right.name.length - left.name.length)[0]
}

/** Arguments and options of a command. Throws `usage` for an unknown option, or one without its value. */
export function readCommand(command: Command, argv: readonly string[]): Found {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: configOf({ ...GLOBALS, ...command.options }),
      strict: true,
      allowPositionals: true,
    })
    const args = positionals.slice(command.name.split(' ').length)
    const most = (command.args ?? '').split(/\s+/).filter(word => word !== '').length
    if (args.length > most && !command.args?.includes('…')) throw tooMany(command)
    return { command, args, options: joined(values) }
  } catch (error) {
    throw error instanceof Problem ? error : badOption(command, error)
  }
}

/** One line of usage, the summary and the options of a command. */
export function helpOf(command: Command, language: Language): string[] {
  const own = Object.entries(command.options ?? {})
  const args = command.args ? ` ${command.args}` : ''
  return [
    `indsigt ${command.name}${args}${own.length > 0 ? ' [--…]' : ''}`,
    '',
    `  ${command.summary[language]}`,
    '',
    ...optionLines(own, language),
    ...(own.length > 0 ? [''] : []),
    language === 'da' ? 'Gælder alle kommandoer:' : 'For every command:',
    ...optionLines(
      Object.entries(GLOBALS).filter(([name]) => !(name in (command.options ?? {}))),
      language,
    ),
  ]
}

/** All commands, grouped by their first word, the ones without a group first. */
export function helpOfAll(commands: readonly Command[], language: Language): string[] {
  const width = Math.max(...commands.map(command => nameAndArgs(command).length))
  const lineOf = (command: Command) => `  ${nameAndArgs(command).padEnd(width)}  ${command.summary[language]}`
  const groups = Map.groupBy(commands, command =>
    command.name.includes(' ') ? (command.name.split(' ')[0] ?? '') : '',
  )
  const single = groups.get('') ?? []
  return [
    language === 'da' ? 'Indsigt får en persondatapolitik til at køre.' : 'Indsigt makes a privacy policy run.',
    '',
    `${language === 'da' ? 'Brug' : 'Usage'}: indsigt ${language === 'da' ? 'KOMMANDO' : 'COMMAND'} [--…]`,
    '',
    ...single.map(lineOf),
    ...[...groups].filter(([name]) => name !== '').flatMap(([, group]) => ['', ...group.map(lineOf)]),
    '',
    language === 'da' ? 'Gælder alle kommandoer:' : 'For every command:',
    ...optionLines(Object.entries(GLOBALS), language),
    '',
    language === 'da'
      ? 'Slutkoder: 0 udført, 1 afvist eller noget fundet, 2 forkert brug, 3 fejl.'
      : 'Exit codes: 0 done, 1 refused or found something, 2 wrong use, 3 fault.',
  ]
}

/** What was probably meant by words that name no command. */
export function unknownCommand(commands: readonly Command[], words: readonly string[]): Problem {
  const beginning = commands.filter(command => command.name.startsWith(`${words[0]} `)).map(command => command.name)
  const typed = words.slice(0, 2).join(' ')
  const near = commands
    .map(({ name }) => ({ name, far: Math.min(distance(name, typed), distance(name, words[0] ?? '')) }))
    .filter(({ name, far }) => far <= Math.max(2, Math.floor(name.length / 3)))
    .toSorted((left, right) => left.far - right.far)
    .map(({ name }) => name)
  const meant = (beginning.length > 0 ? beginning : near).slice(0, 5)
  const list = meant.map(name => `indsigt ${name}`).join(', ')
  const detail: Bilingual =
    meant.length > 0
      ? { da: `Den kommando findes ikke. Mente du: ${list}?`, en: `There is no such command. Did you mean: ${list}?` }
      : { da: 'Den kommando findes ikke.', en: 'There is no such command.' }
  return new Problem('usage', { detail })
}

function nameAndArgs(command: Command): string {
  return command.args ? `${command.name} ${command.args}` : command.name
}

function optionLines(options: readonly (readonly [string, OptionSpec])[], language: Language): string[] {
  const nameOf = ([name, spec]: readonly [string, OptionSpec]) => `--${name}${spec.value ? ` ${spec.value}` : ''}`
  const width = Math.max(0, ...options.map(option => nameOf(option).length))
  return options.map(option => `  ${nameOf(option).padEnd(width)}  ${option[1].text[language]}`)
}

function configOf(options: { readonly [name: string]: OptionSpec }): ParseArgsOptionsConfig {
  const entries = Object.entries(options).map(([name, { type, isMany }]) => [
    name,
    { type, ...(isMany && { multiple: true }), ...(name === 'help' && { short: 'h' }) },
  ])
  return Object.fromEntries(entries) as ParseArgsOptionsConfig
}

/** An option given several times, as one value. */
function joined(values: { readonly [name: string]: unknown }): Options {
  const entries = Object.entries(values).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : value])
  return Object.fromEntries(entries) as Options
}

function tooMany(command: Command): Problem {
  const usage = `indsigt ${nameAndArgs(command)}`
  return new Problem('usage', {
    detail: { da: `For mange ord. Brug: ${usage}`, en: `Too many words. Usage: ${usage}` },
  })
}

function badOption(command: Command, error: unknown): Problem {
  const name = /'(-{1,2}[\w-]+)/.exec(error instanceof Error ? error.message : '')?.[1] ?? ''
  const see = `indsigt ${command.name} --help`
  const isUnknown = (error as { code?: string }).code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION'
  const detail = isUnknown
    ? { da: `${name} kendes ikke her. Se: ${see}`, en: `${name} is not known here. See: ${see}` }
    : { da: `${name} er ikke brugt rigtigt. Se: ${see}`, en: `${name} is not used correctly. See: ${see}` }
  return new Problem('usage', { detail })
}

/** Levenshtein's distance: how many letters must be changed, added or taken away. */
function distance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let i = 1; i <= left.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= right.length; j += 1) {
      const same = left[i - 1] === right[j - 1] ? 0 : 1
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + same))
    }
    row = next
  }
  return row[right.length] ?? 0
}
