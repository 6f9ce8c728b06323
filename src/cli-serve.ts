/** `indsigt serve`: opens everything, shows where it is, and runs until it is told to stop. */
import { join } from 'node:path'
import { loadDemo, type Demo } from './demo.ts'
import { firstKey, requirePolicy, type Begun } from './first-start.ts'
import type { MadeKey } from './identity/identity.ts'
import { openWorld, SHIPPED, type Opened } from './open.ts'
import type { Call, Command } from './platform/command.ts'
import { openLog, type Log } from './platform/log.ts'
import { Problem } from './platform/problems.ts'
import { startServing, type Serving, type ServeOptions } from './serve.ts'
import { screen, type Screen } from './start-screen.ts'

const PORT = 8420

export const serveCommand: Command = {
  name: 'serve',
  summary: { da: 'Start serveren', en: 'Start the server' },
  options: {
    port: {
      type: 'string',
      value: 'N',
      text: { da: `Port (PORT; ${PORT}, hvis den er fri)`, en: `Port (PORT; ${PORT} when free)` },
    },
    host: {
      type: 'string',
      value: 'HOST',
      text: { da: 'Adresse, der lyttes på (127.0.0.1)', en: 'Address to listen on (127.0.0.1)' },
    },
    policy: {
      type: 'string',
      value: 'FILE',
      text: { da: 'Politikfilen (INDSIGT_POLICY)', en: 'The policy file (INDSIGT_POLICY)' },
    },
    demo: {
      type: 'boolean',
      text: { da: 'Læg opdigtede sager i en tom database', en: 'Put invented cases into an empty database' },
    },
    'no-worker': { type: 'boolean', text: { da: 'Kør ikke faste opgaver her', en: 'Run no scheduled jobs here' } },
  },
  run: async call => {
    const options = optionsOf(call)
    const opened = await openWorld({
      data: textOf(call.options['data']),
      keys: textOf(call.options['keys']),
      env: call.env,
      cwd: call.cwd,
      log: logFor(call),
    })
    const stop = untilToldToStop()
    try {
      await serveUntil(call, opened, { options, stop })
    } finally {
      await opened.close()
    }
    return { json: undefined, lines: [] }
  },
}

type Plan = { readonly options: ServeOptions; readonly stop: Promise<void> }

async function serveUntil(call: Call, opened: Opened, { options, stop }: Plan): Promise<void> {
  const file =
    textOf(call.options['policy']) ?? call.env['INDSIGT_POLICY'] ?? join(SHIPPED, 'policies/intrum/policy.yaml')
  const begun = await requirePolicy(opened.world, file)
  const serving = await startServing(opened, options)
  try {
    const demo = call.options['demo'] === true ? await loadDemo(opened.world) : null
    const key = await firstKey(opened.world)
    show(call, screenOf(opened, { options, begun, serving, demo, key }))
    await stop
  } finally {
    await serving.stop()
  }
}

type Started = {
  readonly options: ServeOptions
  readonly begun: Begun
  readonly serving: Serving
  readonly demo: Demo | null
  readonly key: MadeKey | null
}

function screenOf({ folder, server }: Opened, { options, begun, serving, demo, key }: Started): Screen {
  return {
    address: serving.address,
    ...(serving.port !== options.port && options.port !== 0 && { portTaken: options.port }),
    data: folder.root,
    keys: folder.keys,
    database: server.kind,
    policy: begun,
    key: key?.key ?? null,
    demo,
    ...(folder.note && { note: folder.note }),
  }
}

function show(call: Call, view: Screen): void {
  const isJson = call.options['format'] === 'json'
  process.stdout.write(isJson ? `${JSON.stringify(view, null, 2)}\n` : `${screen(view, call.language).join('\n')}\n`)
}

function optionsOf(call: Call): ServeOptions {
  const named = textOf(call.options['port']) ?? call.env['PORT']
  const port = named === undefined || named === '' ? PORT : Number(named)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw usage('--port 0–65535')
  const beat = Number(call.env['INDSIGT_LEDGER_BEAT_SECONDS'] || 2)
  if (!(beat >= 0.05 && beat <= 3600)) throw usage('INDSIGT_LEDGER_BEAT_SECONDS 0.05–3600')
  return {
    host: textOf(call.options['host']) ?? '127.0.0.1',
    port,
    isPortNamed: named !== undefined && named !== '',
    hasWorker: call.options['no-worker'] !== true,
    scheme: call.env['INDSIGT_PUBLIC_URL']?.startsWith('https://') ? 'https' : 'http',
    beatSeconds: beat,
  }
}

function usage(right: string): Problem {
  return new Problem('usage', { detail: { da: `Brug: ${right}`, en: `Use: ${right}` } })
}

/** Lines go to standard error; a person at a terminal is spared all but faults. */
function logFor(call: Call): Log {
  const isQuiet = process.stderr.isTTY && call.env['INDSIGT_LOG'] !== 'all'
  const write = openLog(line => process.stderr.write(line))
  return (level, event, fields) => (isQuiet && level === 'info' ? undefined : write(level, event, fields))
}

function untilToldToStop(): Promise<void> {
  return new Promise(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve())
  })
}

function textOf(value: string | boolean | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}
