/** Secrets on disk and in the database: new passwords, what PostgreSQL keeps of them, and files written whole. */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'

/** A new password of 256 random bits, safe in URLs and SQL. */
export function newPassword(): string {
  return randomBytes(32).toString('base64url')
}

/**
 * What PostgreSQL stores for a password (SCRAM-SHA-256, RFC 5803): `SCRAM-SHA-256$rounds:salt$stored:server`.
 * Sent in place of the password, so that the password itself never reaches SQL, a log or WAL.
 */
export function scramVerifier(password: string, salt: Buffer = randomBytes(16), rounds = 4096): string {
  const salted = pbkdf2Sync(password, salt, rounds, 32, 'sha256')
  const clientKey = createHmac('sha256', salted).update('Client Key').digest()
  const storedKey = createHash('sha256').update(clientKey).digest('base64')
  const serverKey = createHmac('sha256', salted).update('Server Key').digest('base64')
  return `SCRAM-SHA-256$${rounds}:${salt.toString('base64')}$${storedKey}:${serverKey}`
}

/** Writes a private file (mode 0600) so that after a crash either the old or the new content is there, whole. */
export function writePrivateFile(file: string, content: string): void {
  const temporary = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`
  try {
    fs.writeFileSync(temporary, content, { flag: 'wx', mode: 0o600, flush: true })
    fs.renameSync(temporary, file)
  } catch (error) {
    fs.rmSync(temporary, { force: true })
    throw error
  }
  syncFolder(path.dirname(file))
}

/** Makes the names in a folder last through a power cut; does nothing where folders cannot be opened (Windows). */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const handle = fs.openSync(folder, 'r')
  try {
    fs.fsyncSync(handle)
  } finally {
    fs.closeSync(handle)
  }
}
