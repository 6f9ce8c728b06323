/**
 * The dependency check: dependency-cruiser with rules generated from the rank list.
 * Run as a program it checks the checkout and exits 1 on any finding, or when it saw too little to judge.
 */
import { existsSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join, resolve } from 'node:path'
import type { DependencyType, ICruiseResult, IForbiddenRuleType } from 'dependency-cruiser'
import * as ranks from './ranks.ts'

// dependency-cruiser reads TypeScript through the compiler's JavaScript interface, which TypeScript 7
// does not have: given 7 it silently sees nothing. It alone is handed the last release that has one.
registerHooks({
  resolve(specifier, context, next) {
    const asks = /^typescript(\/|$)/.test(specifier) && context.parentURL?.includes('/node_modules/dependency-cruiser/')
    return next(asks ? specifier.replace('typescript', 'typescript-with-api') : specifier, context)
  },
})

/** One import that the rank list forbids; `rule` is the name of the rule, paths are relative to the root. */
export type Finding = { readonly rule: string; readonly from: string; readonly to: string }

/** What a check saw and found. `modules` and `imports` count what was read under src/, sdk/ and scanner/. */
export type Outcome = { readonly modules: number; readonly imports: number; readonly findings: readonly Finding[] }

/** Checks the tree under `root` (an absolute path). Throws when it saw no module, or modules but no import. */
export async function checkDependencies(root: string): Promise<Outcome> {
  const { cruise } = await import('dependency-cruiser')
  const folders = ['src', 'sdk', 'scanner'].filter(folder => existsSync(join(root, folder)))
  const answer = await cruise(folders, {
    baseDir: root,
    validate: true,
    ruleSet: { forbidden: rules() },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    // What was built from these very files.
    exclude: { path: '^sdk/dist/' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.mjs', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['node', 'import'],
    },
  })
  return judge(answer.output as ICruiseResult)
}

function judge(result: ICruiseResult): Outcome {
  const own = result.modules.filter(module => /^(src|sdk|scanner)\//.test(module.source))
  const imports = own.reduce((sum, module) => sum + module.dependencies.length, 0)
  if (own.length === 0) throw new Error('The dependency check saw no module: it proves nothing.')
  if (own.length > 1 && imports === 0) throw new Error('The dependency check saw no import: it cannot read the files.')
  const forbidden = result.summary.violations.map(it => ({ rule: it.rule.name, from: it.from, to: it.to }))
  const unranked = own
    .map(module => module.source)
    .filter(path => /^src\/[^/]+\//.test(path) && !((path.split('/')[1] ?? '') in ranks.RANKS))
    .map(path => ({ rule: 'module-has-a-rank', from: path, to: '' }))
  return { modules: own.length, imports, findings: [...forbidden, ...unranked] }
}

const TEST_FILE = '\\.(test|fixture|test-data)\\.ts$'
const byValue: { dependencyTypesNot: DependencyType[] } = { dependencyTypesNot: ['type-only'] }
const COMPOSITION = '^src/[^/]+\\.ts$'
const any = (names: readonly string[]) => `(${names.map(name => name.replaceAll('.', '\\.')).join('|')})`
const packages = (names: readonly string[]) => `(^|/)node_modules/${any(names)}/`
const builtins = (names: readonly string[]) => `^(node:)?${any(names)}$`

const SHELF_FILES = `^src/${any(ranks.SHELVES)}/`
const FACES = `^src/${any(ranks.DOMAINS.map(name => `${name}/${name}`))}\\.ts$`
const SURFACE_FILES = `^src/[^/]+/${any(ranks.SURFACES)}\\.ts$`
const SQL_FILES = `^src/[^/]+/${any(ranks.SQL_FILES)}\\.ts$`
const TYPE_FILES = `^src/[^/]+/${any(ranks.TYPES_ONLY)}\\.ts$`
const FACE_PARTS = `^src/${any(ranks.FACE_PARTS)}\\.ts$`
const DISK_FILES = `^src/${any(ranks.DISK)}\\.ts$`
const SHELL_FILES = `/${any([...ranks.SHELL, ...ranks.SURFACES])}\\.ts$`

const SHARED_RULES = `^${any(ranks.SHARED_RULES)}\\.ts$`

function rules(): IForbiddenRuleType[] {
  const each = [...Object.keys(ranks.RANKS).map(onlyDownward), ...doors(), ...purity(), ...edges(), ...standalone()]
  return each.map(rule => ({ ...rule, severity: 'error' }))
}

function onlyDownward(name: string): IForbiddenRuleType {
  return {
    name: `only-downward-from-${name}`,
    from: { path: `^src/${name}/`, pathNot: TEST_FILE },
    to: { path: '^src/', pathNot: `^src/${any([name, ...ranks.below(name)])}/` },
  }
}

/** How a module is entered: by its face; its shapes by type; its surfaces by the composition alone. */
function doors(): IForbiddenRuleType[] {
  return [
    {
      name: 'only-through-the-face',
      from: { path: '^src/([^/]+)/', pathNot: TEST_FILE },
      to: { path: '^src/[^/]+/', pathNot: ['^src/$1/', SHELF_FILES, FACES, TYPE_FILES] },
    },
    {
      name: 'shapes-by-import-type',
      from: { path: '^src/([^/]+)/', pathNot: TEST_FILE },
      to: { path: TYPE_FILES, pathNot: ['^src/$1/', SHELF_FILES], ...byValue },
    },
    {
      name: 'composition-mounts-faces-and-surfaces',
      from: { path: COMPOSITION, pathNot: TEST_FILE },
      to: { path: '^src/[^/]+/', pathNot: [SHELF_FILES, FACES, SURFACE_FILES, TYPE_FILES] },
    },
    {
      name: 'surface-calls-its-face',
      from: { path: SURFACE_FILES },
      to: { path: SQL_FILES, ...byValue },
    },
  ]
}

/** A rule file computes: no effect is reachable from it. */
function purity(): IForbiddenRuleType[] {
  const from = { path: `^src/${any(ranks.DOMAINS)}/`, pathNot: [TEST_FILE, FACES, FACE_PARTS, SHELL_FILES] }
  const builtin = builtins(ranks.PURE_BUILTINS)
  return [
    {
      name: 'rules-are-pure',
      from: { ...from, path: '^src/([^/]+)/', pathNot: [...from.pathNot, SHELF_FILES] },
      to: {
        pathNot: ['^src/lib/', '^src/$1/', SHARED_RULES, builtin, packages(ranks.PURE_PACKAGES)],
        ...byValue,
      },
    },
    {
      name: 'rules-import-only-rules',
      from,
      to: {
        path: [FACES, FACE_PARTS, SQL_FILES, `^src/[^/]+/${any(['client', ...ranks.SURFACES])}\\.ts$`],
        ...byValue,
      },
    },
    {
      name: 'lib-is-pure',
      from: { path: '^src/lib/', pathNot: TEST_FILE },
      to: { pathNot: ['^src/lib/', builtin, packages(ranks.PURE_PACKAGES)], ...byValue },
    },
  ]
}

/** Files, network, processes and drivers are reached through platform. */
function edges(): IForbiddenRuleType[] {
  const from = { path: '^src/[^/]+/', pathNot: ['^src/platform/', DISK_FILES, TEST_FILE] }
  return [
    { name: 'edge-only-in-platform', from, to: { path: builtins(ranks.EDGE_BUILTINS), ...byValue } },
    {
      name: 'drivers-only-in-platform',
      from: { ...from, pathNot: [...from.pathNot, '^src/[^/]+/client\\.ts$'] },
      to: { path: packages(ranks.DRIVERS), ...byValue },
    },
    {
      name: 'declared-dependencies-only',
      from: { path: '^(src|sdk|scanner)/', pathNot: TEST_FILE },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], ...byValue },
    },
    { name: 'imports-resolve', from: { path: '^(src|sdk|scanner)/' }, to: { couldNotResolve: true } },
  ]
}

/** The SDK is shipped by itself, and the scanner runs by itself; the product never leans on tests. */
function standalone(): IForbiddenRuleType[] {
  return [
    {
      name: 'sdk-stands-alone',
      from: { path: '^sdk/', pathNot: TEST_FILE },
      to: { path: ['^(src|scanner)/', 'node_modules/', '^(bench|test|scripts)/'] },
    },
    {
      name: 'scanner-stands-alone',
      from: { path: '^scanner/', pathNot: TEST_FILE },
      to: { path: ['^src/', 'node_modules/', '^(bench|test|scripts)/'] },
    },
    {
      name: 'browser-script-stays-with-the-sdk',
      from: { path: '^(src|scanner)/', pathNot: TEST_FILE },
      to: { path: '^sdk/browser/' },
    },
    {
      name: 'product-never-imports-tests',
      from: { path: '^(src|sdk|scanner)/', pathNot: TEST_FILE },
      to: { path: [TEST_FILE, '^(test|bench)/'] },
    },
  ]
}

if (import.meta.main) {
  const root = resolve(import.meta.dirname, '../..')
  const outcome = await checkDependencies(root)
  for (const it of outcome.findings) console.error(`${it.rule}: ${it.from} -> ${it.to}`)
  console.log(
    `dependencies: ${outcome.modules} modules, ${outcome.imports} imports, ${outcome.findings.length} findings`,
  )
  process.exitCode = outcome.findings.length === 0 ? 0 : 1
}
