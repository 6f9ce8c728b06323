/** The policy on the command line: check, test, diff, show, adopt. */
import type { Call, Command, Outcome } from '../platform/command.ts'
import { Problem } from '../platform/problems.ts'
import { locate, readFile, readFolder } from '../platform/read-file.ts'
import { clausesWithoutCase, loadCases, runCases } from './cases.ts'
import { compile } from './compile.ts'
import { diff } from './diff.ts'
import { parse, type ParsedPolicy } from './parse.ts'
import * as policy from './policy.ts'
import type { PolicyProblem } from './problem-list.ts'

/** A policy is text that people write; a larger file is no policy. */
const FILE_MOST = 1024 * 1024

const check: Command = {
  name: 'policy check',
  args: '[FILE]',
  summary: { da: 'Efterse en politikfil', en: 'Look a policy file over' },
  run: async call => {
    const examined = policy.examine(fileOf(call).bytes)
    if (!examined.ok) return faulty(call, examined.problems)
    const { document, sha256 } = examined.policy
    const { clauses, rules, purposes, categories } = document
    const counts = {
      clauses: clauses.length,
      rules: rules.length,
      purposes: sizeOf(purposes),
      categories: sizeOf(categories),
    }
    const sizes = [
      [counts.clauses, { da: 'løfter', en: 'clauses' }],
      [counts.rules, { da: 'regler', en: 'rules' }],
      [counts.purposes, { da: 'formål', en: 'purposes' }],
      [counts.categories, { da: 'kategorier', en: 'categories' }],
    ] as const
    const line =
      call.language === 'da'
        ? `Ingen fejl: ${sizes.map(([size, word]) => `${size} ${word.da}`).join(', ')}.`
        : `No fault: ${sizes.map(([size, word]) => `${size} ${word.en}`).join(', ')}.`
    return { json: { ok: true, revision: document.revision, sha256, ...counts }, lines: [line, `SHA-256 ${sha256}`] }
  },
}

const test: Command = {
  name: 'policy test',
  args: '[FILE]',
  summary: {
    da: 'Prøv en politikfil mod sagerne i mappen cases ved siden af',
    en: 'Try a policy file against the cases beside it',
  },
  run: async call => {
    const examined = policy.examine(fileOf(call).bytes)
    if (!examined.ok) return faulty(call, examined.problems)
    const tried = tryCases(call, examined.policy)
    const { passed, failed, untried, unreadable } = tried
    const isGood = isSound(tried)
    const total =
      call.language === 'da'
        ? `${passed} sager holder, ${failed.length} fejler, ${untried.length} løfter er ikke prøvet.`
        : `${passed} cases hold, ${failed.length} fail, ${untried.length} clauses are not tried.`
    const lines = [
      ...unreadable.map(it => it.message[call.language]),
      ...failed.map(it => `${it.file} ${it.clause}: ${it.description}: ${it.differences.join('; ')}`),
      ...(untried.length > 0 ? [untried.join(', ')] : []),
      total,
    ]
    return { exit: isGood ? 0 : 1, json: { ok: isGood, ...tried }, lines }
  },
}

const compare: Command = {
  name: 'policy diff',
  args: '[FILE [FILE]]',
  summary: {
    da: 'Vis, hvad en fil ændrer i politikken i brug, eller i en anden fil',
    en: 'Show what a file changes in the policy in use, or in another file',
  },
  run: async call => {
    const [first, second] = call.args
    const after = examinedOf(call, second ?? first)
    const before = second === undefined ? await adoptedOf(call) : examinedOf(call, first).document
    const changes = diff(before, after.document)
    const none = call.language === 'da' ? 'Ingen forskel.' : 'No difference.'
    const lines = changes.length > 0 ? changes.map(change => change.text[call.language]) : [none]
    return { json: { changes }, lines }
  },
}

const show: Command = {
  name: 'policy show',
  summary: { da: 'Vis politikken i brug', en: 'Show the policy in use' },
  run: async call => {
    const published = await policy.published(await call.world())
    if (!published) throw new Problem('policy.not_adopted')
    const { version, sha256, adoptedAt } = published
    const { document } = published.policy
    const adopted = call.language === 'da' ? 'taget i brug' : 'adopted'
    return {
      json: { version, sha256, adoptedAt, document },
      lines: [
        `${document.title[call.language]}, ${document.controller.name}`,
        `Version ${version}, ${adopted} ${adoptedAt.toISOString()}`,
        `SHA-256 ${sha256}`,
        ...document.clauses.map(clause => `${clause.id.padEnd(4)} ${clause.rule[call.language]}`),
      ],
    }
  },
}

const adopt: Command = {
  name: 'policy adopt',
  args: '[FILE]',
  summary: { da: 'Tag en efterset og prøvet politikfil i brug', en: 'Put a checked and tested policy file into use' },
  run: async call => {
    const { bytes } = fileOf(call)
    const examined = policy.examine(bytes)
    if (!examined.ok) return faulty(call, examined.problems)
    const tried = tryCases(call, examined.policy)
    if (!isSound(tried)) throw caseFailed(tried)
    const done = await policy.adopt(await call.world(), call.actor('api'), bytes)
    const said = done.adopted
      ? { da: `Version ${done.version} er taget i brug.`, en: `Version ${done.version} is adopted.` }
      : { da: `Version ${done.version} var allerede i brug.`, en: `Version ${done.version} was in use already.` }
    return { json: done, lines: [said[call.language], `SHA-256 ${done.sha256}`] }
  },
}

type Tried = {
  readonly passed: number
  readonly failed: readonly {
    readonly file: string
    readonly clause: string
    readonly description: string
    readonly differences: readonly string[]
  }[]
  readonly untried: readonly string[]
  readonly unreadable: readonly {
    readonly file: string
    readonly message: { readonly da: string; readonly en: string }
  }[]
}

function tryCases(call: Call, parsed: ParsedPolicy): Tried {
  const folder = locate(fileOf(call).folder, 'cases').file
  const { cases, problems } = loadCases(readFolder(folder, '.json'))
  const results = runCases(compile(parsed.document, parsed.sha256), cases)
  const failed = results
    .filter(result => !result.passed)
    .map(({ policyCase: { file, clause, description }, differences }) => ({ file, clause, description, differences }))
  return {
    passed: results.length - failed.length,
    failed,
    untried: clausesWithoutCase(parsed.document, results),
    unreadable: problems.map(({ file, message }) => ({ file, message })),
  }
}

function isSound({ failed, untried, unreadable }: Tried): boolean {
  return failed.length === 0 && untried.length === 0 && unreadable.length === 0
}

function caseFailed({ failed, untried, unreadable }: Tried): Problem {
  const failing = failed.map(it => ({ field: it.file, code: 'policy.case_failed', clause: it.clause }))
  const untriedFaults = untried.map(clause => ({ field: clause, code: 'policy.clause_untried', clause }))
  const unread = unreadable.map(it => ({ field: it.file, code: 'policy.case_unreadable', text: it.message }))
  return new Problem('policy.case_failed', { faults: [...unread, ...failing, ...untriedFaults] })
}

function fileOf(call: Call, name = call.args[0] ?? call.env['INDSIGT_POLICY']): { bytes: Buffer; folder: string } {
  if (name === undefined) throw new Problem('usage', { detail: { da: 'Filen mangler.', en: 'The file is missing.' } })
  const { file, folder } = locate(call.cwd, name)
  return { bytes: readFile(file, FILE_MOST), folder }
}

function examinedOf(call: Call, name: string | undefined): ParsedPolicy {
  const read = parse(fileOf(call, name).bytes)
  if (read.ok) return read.policy
  const faults = read.problems.map(it => ({ field: it.path, line: it.line, code: it.code, text: it.message }))
  throw new Problem('policy.invalid', { faults })
}

async function adoptedOf(call: Call) {
  const world = await call.world()
  return policy.current({ world }).document
}

function faulty(call: Call, problems: readonly PolicyProblem[]): Outcome {
  const lines = problems.map(problem => policy.formatProblem(problem, call.language))
  return { exit: 1, json: { ok: false, problems }, lines }
}

const sizeOf = (record: object): number => Object.keys(record).length

export const commands: readonly Command[] = [check, test, compare, show, adopt]
