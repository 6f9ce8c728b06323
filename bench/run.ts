/** `npm run bench [-- NAME…]`: runs the named benches, or all. Each prints one table and ends with its ratio. */
import { readdirSync } from 'node:fs'
import os from 'node:os'

const folder = new URL('.', import.meta.url)
const names = readdirSync(folder)
  .filter(name => name.endsWith('.ts') && name !== 'run.ts' && !name.includes('.test.'))
  .map(name => name.slice(0, -3))
  .toSorted()

const wanted = process.argv.slice(2)
const unknown = wanted.filter(name => !names.includes(name))
if (unknown.length > 0) {
  process.stderr.write(`Unknown bench: ${unknown.join(', ')}. There are: ${names.join(', ')}\n`)
  process.exit(2)
}

console.log(`Node ${process.version}, ${os.cpus().length} × ${os.cpus()[0]?.model ?? 'unknown processor'}`)
for (const name of wanted.length > 0 ? wanted : names) {
  console.log(`\n— ${name}`)
  const bench = (await import(new URL(`${name}.ts`, folder).href)) as { run(): Promise<void> }
  await bench.run()
}
