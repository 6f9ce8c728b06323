/** Reads the commands that a README shows and says which of them this checkout does not have. */

/** A README command: what is typed, split at blanks. Only `npm`, `./indsigt` and `node FILE` lines count. */
export type Command = readonly string[]

/** The commands in the fenced blocks of a Markdown text, in order, without prompts and comments. */
export function commandsIn(markdown: string): Command[] {
  const blocks = [...markdown.matchAll(/^```(?:sh|bash|shell|console)?\n([\s\S]*?)^```/gm)].map(match => match[1] ?? '')
  return blocks
    .flatMap(block => block.split('\n'))
    .map(line =>
      line
        .replace(/^\s*\$ /, '')
        .replace(/\s+#.*$/, '')
        .trim(),
    )
    .flatMap(line => line.split(/\s*(?:&&|\|\|?|;)\s*/))
    .map(command => command.split(/\s+/).filter(word => !/^[A-Z_]+=/.test(word)))
    .filter(([program = '']) => ['npm', 'node', './indsigt', 'indsigt'].includes(program))
}

/** The npm script that a command runs, or undefined when it runs none of ours. */
export function scriptOf(command: Command): string | undefined {
  const [program, verb = '', name] = command
  if (program !== 'npm') return undefined
  if (verb === 'run' || verb === 'run-script') return name
  return ['start', 'test', 'stop', 'restart'].includes(verb) ? verb : undefined
}

/** The words after `indsigt` that choose a command: those before the first option, file or capitalised place. */
export function subcommandOf(command: Command): string[] | undefined {
  const [program, ...words] = command
  if (program !== './indsigt' && program !== 'indsigt') return undefined
  const end = words.findIndex(word => !/^[a-z][a-z-]*$/.test(word))
  return end === -1 ? words : words.slice(0, end)
}
