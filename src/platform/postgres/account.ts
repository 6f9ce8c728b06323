/** The account that the database runs as: our own, or a powerless one when we are started by root. */
import fs from 'node:fs'
import { databaseAccount, startedByRoot } from '../data-folder.ts'
import { failure } from '../failure.ts'

/** How a child of ours is to run: as the database account when we are root, otherwise as we are. */
export type Account = { readonly uid?: number; readonly gid?: number }

/** The account that runs the database. Throws `postgres/no-account` where root has no such account (macOS). */
export function databaseRunner(): Account {
  if (!startedByRoot()) return {}
  if (process.platform !== 'linux') throw noAccount()
  return { ...databaseAccount }
}

/** Gives a folder or file made by us to the database account; never recursive, so no planted link is followed. */
export function giveToDatabase(file: string, account: Account): void {
  if (account.uid === undefined || account.gid === undefined) return
  try {
    fs.lchownSync(file, account.uid, account.gid)
  } catch (error) {
    throw noAccount(error)
  }
}

/** True when `file` is a real folder of the account that runs the database, closed to everybody else. */
export function isPrivateFolderOf(file: string, account: Account): boolean {
  const status = fs.lstatSync(file, { throwIfNoEntry: false })
  if (!status?.isDirectory()) return false
  const owner = account.uid ?? process.getuid?.()
  return owner === undefined || (status.uid === owner && (status.mode & 0o077) === 0)
}

/** The surroundings of the database's own programs: no secrets, no language, no time zone of ours. */
export function bareEnvironment(): NodeJS.ProcessEnv {
  if (process.platform === 'win32') return { SystemRoot: process.env['SystemRoot'], LC_ALL: 'C' }
  return { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }
}

function noAccount(cause?: unknown): Error {
  return failure({
    code: 'postgres/no-account',
    da: 'PostgreSQL kører ikke som root, og kontoen nobody (65534) kan ikke bruges her.',
    en: 'PostgreSQL does not run as root, and the account nobody (65534) cannot be used here.',
    remedy: {
      da: 'Start som almindelig bruger, eller angiv DATABASE_URL til en anden PostgreSQL.',
      en: 'Start as a normal user, or give DATABASE_URL of another PostgreSQL.',
    },
    cause,
  })
}
