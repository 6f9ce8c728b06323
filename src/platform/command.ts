/** What a command of the command line is; each module lists its own in `cli.ts`. */
import type { Bilingual } from './problems.ts'
import type { Actor, Surface, World } from './world.ts'

export type OptionSpec = {
  readonly type: 'string' | 'boolean'
  readonly text: Bilingual
  /** Shown in the usage line, e.g. 'NAME'. */
  readonly value?: string
  /** May be given more than once; the values then come as one, with commas between. */
  readonly isMany?: true
}

export type Command = {
  /** Words after `indsigt`, e.g. 'client add'. */
  readonly name: string
  /** Positional arguments as shown, e.g. '[FILE]'; personal data is never one of them. */
  readonly args?: string
  readonly summary: Bilingual
  readonly options?: { readonly [name: string]: OptionSpec }
  /** Values of --format that this command takes besides text and json; their document comes as its lines. */
  readonly formats?: readonly string[]
  run(call: Call): Promise<Outcome>
}

export type Call = {
  readonly args: readonly string[]
  readonly options: { readonly [name: string]: string | boolean | undefined }
  readonly language: 'da' | 'en'
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Opens the world on first use; the command line closes it. */
  world(): Promise<World>
  /** The operator at this machine, on one of the database roles. */
  actor(surface: Surface): Actor
  /** Asks on the terminal, or reads the next line of standard input when that is no terminal. */
  ask(question: Bilingual): Promise<string>
  /** The whole of standard input, for JSON documents with personal data. At most 1 MiB. */
  input(): Promise<string>
  /** A passing line (progress); goes to standard error, and only on a terminal. */
  progress(line: string): void
}

/** 0 done, 1 refused or found something, 2 wrong use, 3 fault. */
export type ExitCode = 0 | 1 | 2 | 3

export type Outcome = {
  readonly exit?: ExitCode
  /** The one JSON document of `--format json`. */
  readonly json: unknown
  /** The same for people. */
  readonly lines: readonly string[]
  /** What is to be said besides, after it and on standard error: the document stays whole. */
  readonly aside?: readonly string[]
}
