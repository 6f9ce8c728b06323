/** The data folder of an installation: decides where it is and makes its parts with their modes. */
import fs from 'node:fs'
import path from 'node:path'
import { failure } from './failure.ts'

/** Where everything of one installation lies. All paths are absolute. */
export type DataFolder = {
  readonly root: string
  /** The embedded database. */
  readonly pg: string
  /** Journal, signer state, generated passwords; mode 0700. */
  readonly state: string
  /** The key files; a sibling of `root`, never inside it; mode 0700. */
  readonly keys: string
  readonly chosen: 'option' | 'environment' | 'default' | 'fallback'
  /** Something the operator should be told, when the place is not the expected one. */
  readonly note?: { readonly da: string; readonly en: string }
}

/** What decides the place of the data folder. `database` says whether the embedded database will live in it. */
export type DataFolderWish = {
  readonly data?: string | undefined
  readonly keys?: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly database: 'embedded' | 'external'
}

/** The account that runs the embedded database when we are started by root: `nobody`, which exists everywhere. */
export const databaseAccount = { uid: 65534, gid: 65534 } as const

const fallbackRoot = '/var/lib/indsigt'

/**
 * Resolves the data folder and makes it and its parts with their modes.
 * Throws `data-folder/unreachable`, `/keys-inside`, `/foreign-owner`, `/not-a-folder` or `/not-writable`.
 */
export function openDataFolder(wish: DataFolderWish): DataFolder {
  const folder = resolveDataFolder(wish)
  const shared = wish.database === 'embedded' && startedByRoot()
  makeFolder(folder.root, shared ? 0o711 : 0o700)
  if (shared) openForDatabase(folder)
  makePrivateFolder(folder.state)
  makePrivateFolder(folder.keys)
  return folder
}

/** Decides where the data folder is: option, `INDSIGT_DATA`, `./data`, or the fallback; makes nothing. */
export function resolveDataFolder(wish: DataFolderWish): DataFolder {
  const named = wish.data || wish.env['INDSIGT_DATA']
  const chosen = wish.data ? 'option' : named ? 'environment' : 'default'
  const root = realPath(path.resolve(wish.cwd, named || 'data'))
  const hidden = wish.database === 'embedded' && startedByRoot() ? unreachableParent(root) : undefined
  if (hidden !== undefined && chosen !== 'default') throw unreachable(root, hidden)
  if (hidden !== undefined) return { ...layout(fallbackRoot, wish), chosen: 'fallback', note: fallbackNote(root) }
  return { ...layout(root, wish), chosen }
}

/** Whether there is an installation already: a database named by the environment, or a data folder with one in it. */
export function hasInstallation(wish: Omit<DataFolderWish, 'database'>): boolean {
  return Boolean(wish.env['DATABASE_URL']) || fs.existsSync(resolveDataFolder({ ...wish, database: 'embedded' }).pg)
}

/** True when this process is run by root, so that the database must run as another account. */
export function startedByRoot(): boolean {
  return process.getuid?.() === 0
}

function layout(root: string, wish: DataFolderWish): Omit<DataFolder, 'chosen'> {
  const named = wish.keys || wish.env['INDSIGT_KEYS']
  const keys = realPath(named ? path.resolve(wish.cwd, named) : `${root}.keys`)
  if (isInside(keys, root) || isInside(root, keys)) throw keysInside(root, keys)
  return { root, pg: path.join(root, 'pg'), state: path.join(root, 'state'), keys }
}

function isInside(inner: string, outer: string): boolean {
  const relative = path.relative(outer, inner)
  return relative === '' || (!relative.startsWith('..') && !path.isAbsolute(relative))
}

/** The path with the links of its existing part followed, so that a link cannot hide the keys inside the data. */
function realPath(file: string): string {
  if (fs.existsSync(file)) return fs.realpathSync(file)
  const parent = path.dirname(file)
  return parent === file ? file : path.join(realPath(parent), path.basename(file))
}

/** The first existing folder above `root` that the database account may not pass, if any. */
function unreachableParent(root: string): string | undefined {
  const parents: string[] = []
  for (let at = path.dirname(root); at !== path.dirname(at); at = path.dirname(at)) parents.unshift(at)
  return parents.find(parent => fs.existsSync(parent) && !databaseMayPass(parent))
}

function databaseMayPass(folder: string): boolean {
  const { uid, gid, mode } = fs.statSync(folder)
  if (uid === databaseAccount.uid) return (mode & 0o100) !== 0
  if (gid === databaseAccount.gid) return (mode & 0o010) !== 0
  return (mode & 0o001) !== 0
}

/** The database account must be able to pass through the root; only a folder that is plainly ours is changed. */
function openForDatabase(folder: DataFolder): void {
  if (databaseMayPass(folder.root)) return
  const { uid, mode } = fs.statSync(folder.root)
  const ours = uid === 0 && (fs.existsSync(folder.state) || fs.readdirSync(folder.root).length === 0)
  if (!ours) throw unreachable(folder.root, folder.root)
  fs.chmodSync(folder.root, (mode & 0o7777) | 0o011)
}

function makePrivateFolder(folder: string): void {
  makeFolder(folder, 0o700)
  const { uid, mode } = fs.lstatSync(folder)
  if (process.getuid && uid !== process.getuid()) throw foreignOwner(folder, uid)
  if ((mode & 0o077) !== 0 && process.platform !== 'win32') fs.chmodSync(folder, 0o700)
}

function makeFolder(folder: string, mode: number): void {
  try {
    fs.mkdirSync(path.dirname(folder), { recursive: true, mode: 0o755 })
    fs.mkdirSync(folder, { mode })
  } catch (error) {
    if (fs.existsSync(folder) && fs.statSync(folder).isDirectory()) return
    throw fs.existsSync(folder) ? notAFolder(folder, error) : notWritable(folder, error)
  }
}

function fallbackNote(wanted: string): { da: string; en: string } {
  return {
    da: `Databasen kan ikke nå ${wanted}, når systemet startes af root. Data gemmes i ${fallbackRoot}.`,
    en: `Started by root, the database cannot reach ${wanted}. Data is kept in ${fallbackRoot}.`,
  }
}

function unreachable(root: string, hidden: string): Error {
  return failure({
    code: 'data-folder/unreachable',
    da: `Databasens konto (uid ${databaseAccount.uid}) kan ikke komme gennem ${hidden} til datamappen ${root}.`,
    en: `The database account (uid ${databaseAccount.uid}) cannot pass through ${hidden} to the data folder ${root}.`,
    remedy: {
      da: `Vælg en anden mappe, fx --data ${fallbackRoot}, kør som almindelig bruger, eller kør: chmod o+x '${hidden}'`,
      en: `Choose another folder, such as --data ${fallbackRoot}, run as a normal user, or run: chmod o+x '${hidden}'`,
    },
  })
}

function keysInside(root: string, keys: string): Error {
  return failure({
    code: 'data-folder/keys-inside',
    da: `Nøglemappen ${keys} og datamappen ${root} må ikke ligge i hinanden.`,
    en: `The key folder ${keys} and the data folder ${root} must not lie inside each other.`,
    remedy: {
      da: 'Vælg en nøglemappe ved siden af med --keys eller INDSIGT_KEYS. En kopi af data må ikke rumme nøglerne.',
      en: 'Choose a key folder beside it with --keys or INDSIGT_KEYS. A copy of the data must not hold the keys.',
    },
  })
}

function foreignOwner(folder: string, uid: number): Error {
  return failure({
    code: 'data-folder/foreign-owner',
    da: `${folder} tilhører en anden bruger (uid ${uid}).`,
    en: `${folder} belongs to another user (uid ${uid}).`,
    remedy: {
      da: 'Kør som den bruger, der oprettede datamappen, eller vælg en anden mappe med --data.',
      en: 'Run as the user that made the data folder, or choose another folder with --data.',
    },
  })
}

function notAFolder(folder: string, cause: unknown): Error {
  return failure({
    code: 'data-folder/not-a-folder',
    da: `${folder} findes, men er ikke en mappe.`,
    en: `${folder} exists but is not a folder.`,
    remedy: { da: 'Flyt filen, eller vælg en anden mappe med --data.', en: 'Move it, or choose another with --data.' },
    cause,
  })
}

function notWritable(folder: string, cause: unknown): Error {
  return failure({
    code: 'data-folder/not-writable',
    da: `Mappen ${folder} kan ikke oprettes.`,
    en: `The folder ${folder} cannot be made.`,
    remedy: {
      da: 'Giv skriveadgang og plads på disken, eller vælg en anden mappe med --data.',
      en: 'Give write access and disk space, or choose another folder with --data.',
    },
    cause,
  })
}
