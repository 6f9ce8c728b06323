/** The command line: finds the command, runs it on a world, prints what came of it and sets the exit code. */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import {
  findCommand,
  helpOf,
  helpOfAll,
  readCommand,
  readGlobals,
  unknownCommand,
  type Options,
} from './command-line.ts'
import { operateCommands } from './cli-operate.ts'
import { guardCommand } from './cli-guard.ts'
import { serveCommand } from './cli-serve.ts'
import { beginPolicy } from './first-start.ts'
import * as ledger from './ledger/ledger.ts'
import { openWorld, SHIPPED, type Opened } from './open.ts'
import type { Call, Command, ExitCode, Outcome } from './platform/command.ts'
import { isFailure } from './platform/failure.ts'
import { languageOfTerminal } from './platform/language.ts'
import { faultFields, openLog } from './platform/log.ts'
import { Problem, statusOf, toJson, toLines } from './platform/problems.ts'
import { commands as mounted } from './surfaces.ts'
import { openTerminal } from './terminal.ts'
import { VERSION } from './version.ts'

/** Everything `indsigt` can do, in the order of its help. */
export const commands: readonly Command[] = [serveCommand, guardCommand, ...operateCommands, ...mounted]

process.exitCode = await main(process.argv.slice(2))

type Manner = { readonly language: 'da' | 'en'; readonly format: 'text' | 'json' }

async function main(argv: readonly string[]): Promise<ExitCode> {
  const { options, words } = readGlobals(argv)
  const manner = mannerOf(options)
  try {
    if (options['version'] === true) return print(manner, { json: { version: VERSION }, lines: [VERSION] })
    const command = findCommand(commands, words)
    requireManner(options, command?.formats)
    if (!command && words.length === 0) return help(manner, options['help'] === true || options['h'] === true ? 0 : 2)
    if (!command) throw unknownCommand(commands, words)
    if (options['help'] === true || options['h'] === true) return helpFor(manner, command)
    return await run(manner, command, argv)
  } catch (error) {
    return complain(manner, error)
  }
}

function mannerOf(options: Options): Manner {
  const named = options['lang']
  const language = named === 'da' || named === 'en' ? named : languageOfTerminal(process.env)
  return { language, format: options['format'] === 'json' ? 'json' : 'text' }
}

function requireManner(options: Options, more: readonly string[] = []): void {
  const { format = 'text', lang = 'da' } = options
  const formats = ['text', 'json', ...more]
  if (!formats.includes(String(format))) throw usage(`--format ${formats.join('|')}`)
  if (lang !== 'da' && lang !== 'en') throw usage('--lang da|en')
}

function usage(right: string): Problem {
  return new Problem('usage', { detail: { da: `Brug: ${right}`, en: `Use: ${right}` } })
}

function help(manner: Manner, exit: ExitCode): ExitCode {
  const json = {
    commands: commands.map(({ name, args = '', summary }) => ({ name, args, summary: summary[manner.language] })),
  }
  return print(manner, { exit, json, lines: helpOfAll(commands, manner.language) })
}

function helpFor(manner: Manner, command: Command): ExitCode {
  const { name, args = '', summary, options = {} } = command
  const lines = helpOf(command, manner.language)
  return print(manner, { json: { name, args, summary: summary[manner.language], options }, lines })
}

async function run(manner: Manner, command: Command, argv: readonly string[]): Promise<ExitCode> {
  const { args, options } = readCommand(command, argv)
  const terminal = openTerminal(manner.language)
  let opened: Promise<Opened> | undefined
  const env = { INDSIGT_POLICY: join(SHIPPED, 'policies/intrum/policy.yaml'), ...process.env }
  const call: Call = {
    args,
    options,
    language: manner.language,
    cwd: process.cwd(),
    env,
    world: async () => (await (opened ??= openFor(command, options, env))).world,
    actor: surface => ({ id: 'operator', role: 'admin', surface }),
    ask: terminal.ask,
    input: terminal.input,
    progress: terminal.progress,
  }
  try {
    const outcome = await command.run(call)
    terminal.close()
    return print(manner, outcome)
  } finally {
    terminal.close()
    await close(opened)
  }
}

/** A database nobody has used yet gets the shipped policy, except for the commands that are about the policy. */
async function openFor(command: Command, options: Options, env: Call['env']): Promise<Opened> {
  const opened = await openWorld({
    data: textOf(options['data']),
    keys: textOf(options['keys']),
    env,
    cwd: process.cwd(),
    // What is done about a restored copy must be possible on one.
    ...(/^(verify|retention replay)$/.test(command.name) && { older: 'look' as const }),
    log: openLog(line => (line.includes('"level":"error"') ? process.stderr.write(line) : undefined)),
  })
  try {
    if (!/^(policy|verify)\b/.test(command.name)) await beginPolicy(opened.world, env['INDSIGT_POLICY'] ?? '')
    return opened
  } catch (error) {
    await opened.close()
    throw error
  }
}

/** What this command wrote gets its place in the ledger, also when no server is there to give it one. */
async function close(opening: Promise<Opened> | undefined): Promise<void> {
  const opened = await opening?.catch(() => undefined)
  if (!opened) return
  try {
    await ledger.openIntegrator(opened.world)()
  } catch (error) {
    opened.world.log('error', 'ledger.not_integrated', faultFields(error))
  } finally {
    await opened.close()
  }
}

function textOf(value: string | boolean | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function print({ format }: Manner, { exit = 0, json, lines, aside = [] }: Outcome): ExitCode {
  if (format === 'json' && json !== undefined) process.stdout.write(`${JSON.stringify(json, null, 2)}\n`)
  if (format === 'text' && lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`)
  if (aside.length > 0) process.stderr.write(`${aside.join('\n')}\n`)
  return exit
}

/** Refusals are answers: in JSON they go where answers go. For people they go to standard error. */
function complain(manner: Manner, error: unknown): ExitCode {
  const { language, format } = manner
  if (error instanceof Problem) {
    if (format === 'json') print(manner, { json: { problem: toJson(error, language) }, lines: [] })
    else process.stderr.write(`${toLines(error, language).join('\n')}\n`)
    return error.code === 'usage' ? 2 : statusOf(error) < 500 ? 1 : 3
  }
  if (isFailure(error)) {
    const { code } = error
    const [title, remedy] = [error[language], error.remedy[language]]
    if (format === 'json')
      print(manner, { json: { problem: { type: `/problems#${code}`, code, title, remedy } }, lines: [] })
    else process.stderr.write(`${title}\n${remedy}\n`)
    return code.startsWith('file/') ? 2 : 3
  }
  const number = randomUUID()
  openLog(line => process.stderr.write(line))('error', 'cli.fault', { ...faultFields(error), requestId: number })
  return complain(manner, new Problem('fault', { detail: { da: `Nummer ${number}`, en: `Number ${number}` } }))
}
