/** Spooled files: read back exactly, encrypted on disk without a name, written whole or not at all. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { openProgress, progressLine } from './progress.ts'
import { openSource, spool, writeWhole, type Source } from './spool.ts'

const folder = mkdtempSync(join(tmpdir(), 'indsigt-spool-'))
after(() => rmSync(folder, { recursive: true, force: true }))

test('what was spooled comes back to the byte, as often as asked, whatever the pieces were', async () => {
  for (const size of [0, 1, 262_143, 262_144, 262_145, 1_000_000]) {
    const bytes = randomBytes(size)
    const source = await spool(folder, piecesOf(bytes, 70_001), 2_000_000)
    assert.equal(source.size, size)
    for (let time = 0; time < 2; time++) assert.ok((await all(source)).equals(bytes), String(size))
    await source.close()
  }
})

test('a spooled file has no name, and its text is nowhere on the disk', async () => {
  const mark = 'Kanarie Fuglesang'
  const source = await spool(folder, piecesOf(Buffer.from(mark.repeat(20_000)), 65_536), 1_000_000)
  assert.deepEqual(readdirSync(folder), [])
  if (process.platform === 'linux') {
    const open = readdirSync('/proc/self/fd').filter(name => linkOf(name).startsWith(join(folder, '.spool-')))
    assert.equal(open.length, 1)
    assert.ok(!readFileSync(`/proc/self/fd/${open[0]}`).includes(mark))
  }
  await source.close()
})

test('one byte more than allowed is refused and leaves nothing', async () => {
  await assert.rejects(spool(folder, piecesOf(Buffer.alloc(1001), 100), 1000), { code: 'request.too_large' })
  assert.deepEqual(readdirSync(folder), [])
})

test('a file is written whole and private, or not at all', async () => {
  const file = join(folder, 'out', 'list.csv')
  await writeWhole(file, texts('one', 'two'))
  assert.equal(readFileSync(file, 'utf8'), 'onetwo')
  assert.equal(statSync(file).mode & 0o777, 0o600)
  await assert.rejects(writeWhole(file, broken()), /disk broke/)
  assert.equal(readFileSync(file, 'utf8'), 'onetwo')
  assert.deepEqual(readdirSync(join(folder, 'out')), ['list.csv'])
})

test('a full disk is said in words and keeps what was there', { skip: process.platform !== 'linux' }, async () => {
  const full = async function* () {
    yield 'half'
    throw Object.assign(new Error('no space'), { code: 'ENOSPC' })
  }
  await assert.rejects(writeWhole(join(folder, 'full.csv'), full()), { code: 'intake.disk_full' })
  assert.ok(!readdirSync(folder).includes('full.csv'))
})

test('a file that is not there is named as missing, a folder as unreadable', async () => {
  await assert.rejects(openSource(join(folder, 'none')), { code: 'file/missing' })
  await assert.rejects(openSource(folder), { code: 'file/unreadable' })
})

test('progress tells share, rate and the time left, five times a second at most', () => {
  const line = progressLine({ share: 0.5, count: 1500, rate: 750, left: 65, unit: 'rækker', language: 'da' })
  assert.equal(line, '████████████░░░░░░░░░░░░  50 %  1.500 rækker  750 i sekundet  1:05 tilbage')
  const lines: string[] = []
  const progress = openProgress(text => lines.push(text), 'rows', 'en')
  for (let done = 1; done <= 1000; done++) progress.tell(done, 1000, done)
  assert.ok(lines.length <= 3 && lines.at(-1)?.includes('100 %'), lines.join('\n'))
})

async function* piecesOf(bytes: Buffer, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function* texts(...lines: string[]) {
  yield* lines
}

async function* broken() {
  yield 'three'
  throw new Error('the disk broke')
}

async function all(source: Source): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of source.read()) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function linkOf(name: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${name}`)
  } catch {
    return ''
  }
}
