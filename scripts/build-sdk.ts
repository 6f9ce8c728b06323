/** Makes the package of sdk/: one module per entry with shared parts, the files a page loads, and the types. */
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { build } from 'esbuild'
import { BANNER_CSS, CONSENT_JS, GATE_JS } from '../sdk/assets.ts'

const root = path.dirname(import.meta.dirname)
const folder = path.join(root, 'sdk')
const out = path.join(folder, 'dist')
const entries = ['main', 'node', 'express', 'fastify', 'hono', 'next', 'proxy', 'cli']

fs.rmSync(out, { recursive: true, force: true })

await build({
  absWorkingDir: folder,
  entryPoints: entries.map(name => `${name}.ts`),
  outdir: 'dist',
  bundle: true,
  splitting: true,
  chunkNames: 'parts/[hash]',
  platform: 'node',
  target: 'node20',
  format: 'esm',
  // The package promises to need nothing: an import of another package ends the build.
  packages: 'bundle',
  logLevel: 'warning',
})

fs.mkdirSync(path.join(out, 'assets'))
for (const [name, text] of Object.entries({
  'consent.js': CONSENT_JS,
  'gate.js': GATE_JS,
  'banner.css': BANNER_CSS,
})) {
  fs.writeFileSync(path.join(out, 'assets', name), text)
}

fs.chmodSync(path.join(out, 'cli.js'), 0o755)
fs.copyFileSync(path.join(root, 'LICENSE'), path.join(out, 'LICENSE'))
process.exitCode = makeTypes()

/** Declarations of every file an entry reaches; their imports are told by the name that the types have there. */
function makeTypes(): number {
  const options = {
    noEmit: false,
    emitDeclarationOnly: true,
    declaration: true,
    stripInternal: true,
    skipLibCheck: true,
    rootDir: folder,
    outDir: path.join(out, 'types'),
    incremental: false,
    typeRoots: [path.join(root, 'node_modules/@types')],
  }
  const config = path.join(out, 'tsconfig.json')
  const files = entries.map(name => path.join(folder, `${name}.ts`))
  fs.writeFileSync(
    config,
    JSON.stringify({ extends: path.join(root, 'tsconfig.json'), compilerOptions: options, files, include: [] }),
  )
  const compiler = path.join(root, 'node_modules/.bin', process.platform === 'win32' ? 'tsc.cmd' : 'tsc')
  const { status } = spawnSync(compiler, ['-p', config], { stdio: 'inherit' })
  fs.rmSync(config)
  const types = path.join(out, 'types')
  for (const name of fs.readdirSync(types)) {
    const file = path.join(types, name)
    fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replaceAll(/(from\s+'\.\/[\w-]+)\.ts'/g, "$1.js'"))
  }
  return status ?? 1
}
