import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test, type TestContext } from 'node:test'

const root = path.dirname(import.meta.dirname)

/** A project of the launcher and a program of one's own, with the real packages. */
function project(context: TestContext, files: Record<string, string>): string {
  const top = fs.mkdtempSync(path.join(os.tmpdir(), 'indsigt-test-'))
  context.after(() => fs.rmSync(top, { recursive: true, force: true }))
  fs.cpSync(path.join(root, 'scripts'), path.join(top, 'scripts'), { recursive: true })
  fs.copyFileSync(path.join(root, 'indsigt'), path.join(top, 'indsigt'))
  fs.copyFileSync(path.join(root, 'package.json'), path.join(top, 'package.json'))
  linkNode(top)
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(top, name)), { recursive: true })
    fs.writeFileSync(path.join(top, name), text)
  }
  return top
}

/** The Node that came along, so that the test also holds when an older one runs the launcher. */
function linkNode(top: string): void {
  const name = `node-${process.platform}-${process.arch}`
  fs.mkdirSync(path.join(top, 'node_modules'))
  fs.symlinkSync(path.join(root, 'node_modules', name), path.join(top, 'node_modules', name))
}

async function run(file: string, args: string[] = []): Promise<{ code: number | null; out: string }> {
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  const [code] = await once(child, 'close')
  return { code, out: out.trim() }
}

test('indsigt passes arguments and exit code and takes dangerous abilities from the program', async t => {
  const program = `
    let made = 'no'
    try { made = String(new Function('return 1')()) } catch {}
    console.log(process.argv.slice(2).join(), made, '__proto__' in {}, process.versions.node.split('.')[0])
    process.exitCode = 7`
  const top = project(t, { 'src/cli.ts': program })
  const { code, out } = await run(path.join(top, 'indsigt'), ['a b', '--c'])
  assert.deepEqual([code, out.slice(0, -3)], [7, 'a b,--c no false'])
  assert.ok(Number(out.slice(-2)) >= 24)
})

test('the bundle runs where there is no source, and the source where there are both', async t => {
  const top = project(t, { 'src/cli.ts': `console.log('source')`, 'dist/indsigt.js': `console.log('bundle')` })
  assert.equal((await run(path.join(top, 'indsigt'))).out, 'source')
  fs.rmSync(path.join(top, 'src'), { recursive: true })
  assert.equal((await run(path.join(top, 'indsigt'))).out, 'bundle')
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} reaches the program, whose clean end is awaited`, async t => {
    const program = `
      process.on('${signal}', () => setTimeout(() => { console.log('clean'); process.exit(5) }, 300))
      setInterval(() => undefined, 1000)
      console.log('ready')`
    const top = project(t, { 'src/cli.ts': program })
    const child = spawn(path.join(top, 'indsigt'), { stdio: ['ignore', 'pipe', 'inherit'] })
    let out = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
    await once(child.stdout, 'data')
    child.kill(signal)
    const [code] = await once(child, 'close')
    assert.deepEqual([code, out], [5, 'ready\nclean\n'])
  })
}

test('the runner installs nothing when npm has already installed what the lock file says', async t => {
  const lock = { packages: { '': {}, 'node_modules/one': { version: '1.0.0' } } }
  const files = {
    'package-lock.json': JSON.stringify(lock),
    'node_modules/.package-lock.json': JSON.stringify(lock),
    'node_modules/one/package.json': '{}',
    'src/cli.ts': 'console.log(process.argv.slice(2).join())',
  }
  const top = project(t, files)
  const runner = path.join(top, 'scripts', 'run.mjs')
  assert.deepEqual(await run(process.execPath, [runner, 'start']), { code: 0, out: 'serve,--demo' })
  assert.deepEqual(await run(process.execPath, [runner, 'start', '--port', '1']), { code: 0, out: 'serve,--port,1' })
  assert.ok(fs.existsSync(path.join(top, 'node_modules', '.indsigt-installed')))
})
