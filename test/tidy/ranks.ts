/**
 * The rank list: which module may import which. It is the diagram in ARCHITECTURE.md as data, and the
 * only configuration of the dependency check and of the tidy rules.
 */

/** Every module folder under src/ and its rank. An import goes to a strictly lower rank or stays at home. */
export const RANKS: Readonly<Record<string, number>> = {
  lib: 0,
  platform: 1,
  ui: 1,
  ledger: 2,
  policy: 3,
  subjects: 4,
  work: 4,
  cases: 5,
  identity: 5,
  notices: 5,
  consents: 5,
  connectors: 5,
  cookies: 6,
  intake: 6,
  collection: 6,
  disclosure: 6,
  marketing: 6,
  retention: 6,
  people: 7,
  promises: 7,
  requests: 8,
  decisions: 9,
  access: 10,
}

/** Modules whose every file may be imported directly: they are shelves of helpers, not doors to data. */
export const SHELVES: readonly string[] = ['lib', 'platform', 'ui']

/** Modules with a domain of their own: they have a face, rule files, a store and surfaces. */
export const DOMAINS: readonly string[] = Object.keys(RANKS).filter(name => !SHELVES.includes(name))

/** File names (without .ts) that turn the outside world into calls of their module's face. */
export const SURFACES: readonly string[] = ['api', 'page', 'portal', 'console', 'cli', 'jobs']

/** File names that hold a module's SQL: `store`, and `figures` for statements that only count or look ahead. */
export const SQL_FILES: readonly string[] = ['store', 'figures']

/** File names that are neither rules nor surfaces: SQL, outbound network, shapes, and figures for the board. */
export const SHELL: readonly string[] = [...SQL_FILES, 'client', 'types', 'board']

/**
 * Modules whose SQL may read (never change) rows of others by name, each for a reason told in
 * `docs/decisions/0002-dependency-direction.md`.
 */
export const READS: Readonly<Record<string, readonly string[]>> = {
  retention: ['subjects', 'work', 'notices'],
}

/**
 * Files that carry on a face's work because the face would be too long: they may do what a face does, and
 * nobody outside the module may import them. A new one is named here, so that it is a decision and not a habit.
 */
export const FACE_PARTS: readonly string[] = [
  'ledger/audit',
  'ledger/signer',
  'ledger/verify',
  'subjects/ending',
  'subjects/own-key',
  'subjects/search',
  'subjects/verify',
  'cookies/choices',
  'cookies/cli-scan',
  'cookies/links',
  'cookies/register-of',
  'cookies/report-charts',
  'cookies/report-page',
  'cookies/report-parts',
  'cookies/scan',
  'cookies/scans',
  'cookies/settings',
  'disclosure/asking',
  'disclosure/fetching',
  'promises/measured',
  'intake/apply',
  'intake/import',
  'intake/knowledge',
  'intake/reading',
  'intake/settle',
  'retention/clocks',
  'retention/erase',
  'retention/journal',
  'retention/replay',
  'retention/sweep',
  'promises/clause-row',
  'promises/start',
  'work/parties',
  'work/warrant',
]

/** Files outside platform that keep something on disk, each for a reason told at its top. */
export const DISK: readonly string[] = ['ledger/signer', 'ui/stylesheet']

/** Files outside the vault that may take a cipher off: the key provider, and the spool with a key of its own. */
export const DECIPHERERS: readonly string[] = ['src/platform/keys.ts', 'src/platform/spool.ts']

/** Files that other modules may name with `import type` only. */
export const TYPES_ONLY: readonly string[] = ['types', 'board']

/** Built-in modules that compute and do nothing else; a rule file may use them. */
export const PURE_BUILTINS: readonly string[] = ['assert', 'assert/strict', 'buffer', 'crypto', 'path', 'url', 'util']

/** Packages that compute and do nothing else; a rule file may use them. */
export const PURE_PACKAGES: readonly string[] = ['yaml', 'zod', 'libphonenumber-js', 'udsv']

/** Built-in modules that reach files, network, processes or the clock: platform and composition only. */
export const EDGE_BUILTINS: readonly string[] = [
  'child_process',
  'cluster',
  'dgram',
  'dns',
  'dns/promises',
  'fs',
  'fs/promises',
  'http',
  'http2',
  'https',
  'inspector',
  'module',
  'net',
  'os',
  'perf_hooks',
  'process',
  'readline',
  'readline/promises',
  'repl',
  'sqlite',
  'timers',
  'timers/promises',
  'tls',
  'tty',
  'v8',
  'vm',
  'worker_threads',
]

/** Files outside src that compute and do nothing else: what guard, backend and scanner must judge alike. */
export const SHARED_RULES: readonly string[] = [
  'sdk/choice',
  'sdk/register',
  'sdk/wire',
  'sdk/verdict',
  'scanner/report',
  'scanner/judge',
  'scanner/diff',
]

/** Packages that talk to the database, the queue or the network: platform only (mail also in a client.ts). */
export const DRIVERS: readonly string[] = ['pg', 'pg-boss', 'pg-copy-streams', '@hono/node-server', 'nodemailer']

/** Names of the modules that `name` may import from, itself excluded. */
export function below(name: string): string[] {
  const rank = RANKS[name] ?? -1
  return Object.keys(RANKS).filter(other => (RANKS[other] ?? 0) < rank)
}
