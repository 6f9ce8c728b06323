#!/usr/bin/env node
/** The command `indsigt-cookies`: a guarding proxy for any website, and the HTML for a static page. */
import { parseArgs } from 'node:util'
import { renderBanner, renderHead } from './banner.ts'
import { httpBackend } from './client.ts'
import { guardProxy } from './proxy.ts'
import { createSite } from './site.ts'
import type { Language, Register } from './wire.ts'

const USAGE = `Brug · Usage:
  indsigt-cookies guard --upstream URL --indsigt URL --site HOST [--listen [HOST:]PORT] [--mode strip|explain]
                        [--trust-proxy]
  indsigt-cookies snippet --indsigt URL --site HOST [--language da|en] [--at URL]
Nøglen læses af miljøvariablen INDSIGT_SITE_KEY. · The key is read from the environment variable INDSIGT_SITE_KEY.
`

process.exitCode = await main(process.argv.slice(2))

/** Resolves to the exit code: 0 all well, 1 Indsigt or the network said no, 2 wrong use. */
async function main(args: string[]): Promise<number> {
  const [command, ...rest] = args
  const values = readValues(rest)
  if (command === '--help' || command === 'help') {
    process.stdout.write(USAGE)
    return 0
  }
  const key = process.env['INDSIGT_SITE_KEY'] ?? ''
  const { indsigt, site } = values ?? {}
  if (!values || !indsigt || !site || !key) return wrongUse()
  try {
    if (command === 'guard') return await guard({ ...values, indsigt, site, key })
    return command === 'snippet' ? await snippet({ ...values, indsigt, site, key }) : wrongUse()
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    return 1
  }
}

type Values = NonNullable<ReturnType<typeof readValues>>
type Told = Values & { readonly indsigt: string; readonly site: string; readonly key: string }

function readValues(args: string[]) {
  const string = { type: 'string' } as const
  const options = {
    upstream: string,
    indsigt: string,
    site: string,
    listen: string,
    mode: string,
    language: string,
    at: string,
    'trust-proxy': { type: 'boolean' },
  } as const
  try {
    return parseArgs({ args, options }).values
  } catch {
    return null
  }
}

async function guard(told: Told): Promise<number> {
  const { upstream, mode = 'strip', listen = '127.0.0.1:8089' } = told
  const place = /^(?:(.+):)?(\d{1,5})$/.exec(listen)
  if (!upstream || !place || (mode !== 'strip' && mode !== 'explain')) return wrongUse()
  const backend = httpBackend({ url: told.indsigt, key: told.key })
  const site = createSite({ site: told.site, backend, mode, trustProxy: told['trust-proxy'] === true })
  const host = (place[1] ?? '127.0.0.1').replace(/^\[|\]$/g, '')
  const proxy = await guardProxy({ upstream, site, listen: { host, port: Number(place[2]) } })
  process.stdout.write(
    `http://${proxy.host.includes(':') ? `[${proxy.host}]` : proxy.host}:${proxy.port} → ${upstream}\n`,
  )
  const end = () => void proxy.close().then(() => site.close())
  process.once('SIGINT', end).once('SIGTERM', end)
  return 0
}

/** `--at`: where our own paths answer, when that is not the address of Indsigt itself. */
async function snippet(told: Told): Promise<number> {
  const language = told.language ?? 'da'
  if (language !== 'da' && language !== 'en') return wrongUse()
  const { register } = await httpBackend({ url: told.indsigt, key: told.key }).settings()
  if (register.site !== told.site)
    throw new Error(`Nøglen hører til ${register.site}. · The key is for ${register.site}.`)
  const base = `${(told.at ?? told.indsigt).replace(/\/+$/, '')}/indsigt`
  process.stdout.write(staticHtml({ register, base, language }))
  return 0
}

function staticHtml({ register, base, language }: { register: Register; base: string; language: Language }): string {
  const page = { isStale: false, choice: null, isGpc: false, token: null, back: '' }
  const view = { ...page, register, base, language }
  return `<!-- head -->\n${renderHead(view)}\n<!-- body -->\n${renderBanner(view)}\n`
}

function wrongUse(): number {
  process.stderr.write(USAGE)
  return 2
}
