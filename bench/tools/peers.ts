/** What the benches compare with: packages of a lockfile of their own, installed the first time a bench asks. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { join } from 'node:path'

/** The folder with the peers' `node_modules`. */
export const PEERS = join(import.meta.dirname, '..', 'peers')

const INSTALL_MS = 5 * 60_000

/** Installs the peers exactly as locked, unless they lie there. Throws an Error that says what to do. */
export function requirePeers(): void {
  const stamp = join(PEERS, 'node_modules', '.indsigt-installed')
  const lock = createHash('sha256')
    .update(readFileSync(join(PEERS, 'package-lock.json')))
    .digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return
  console.log('Installing what to compare with (bench/peers), about half a minute …')
  const isWindows = process.platform === 'win32'
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const { status } = spawnSync(isWindows ? 'npm.cmd' : 'npm', args, {
    cwd: PEERS,
    stdio: ['ignore', 2, 2],
    timeout: INSTALL_MS,
    shell: isWindows,
  })
  if (status !== 0)
    throw new Error(
      'The packages to compare with could not be installed: is the package registry within reach? ' +
        'Nothing else of Indsigt needs them. Try again with: npm ci --ignore-scripts --prefix bench/peers',
    )
  writeFileSync(stamp, lock)
}

/** Version of one peer as installed. */
export function versionOf(name: string): string {
  const text = readFileSync(join(PEERS, 'node_modules', name, 'package.json'), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
