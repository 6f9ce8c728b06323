/** `indsigt guard`: stands in front of a website that is not written for Node, and keeps its cookie promises for it. */
import { httpBackend } from '../sdk/client.ts'
import { guardProxy } from '../sdk/proxy.ts'
import { createSite } from '../sdk/site.ts'
import type { Call, Command } from './platform/command.ts'
import { Problem } from './platform/problems.ts'

const LISTEN = '127.0.0.1:8089'
const INDSIGT = 'http://127.0.0.1:8420'

export const guardCommand: Command = {
  name: 'guard',
  summary: {
    da: 'Stå foran et websted, og lad kun lovlige cookies komme ud',
    en: 'Stand in front of a website and let only lawful cookies out',
  },
  options: {
    upstream: {
      type: 'string',
      value: 'URL',
      text: { da: 'Webstedets egen server', en: 'The website’s own server' },
    },
    site: {
      type: 'string',
      value: 'HOST',
      text: { da: 'Webstedets navn i politikken', en: 'The site’s name in the policy' },
    },
    indsigt: {
      type: 'string',
      value: 'URL',
      text: { da: `Hvor Indsigt svarer (${INDSIGT})`, en: `Where Indsigt answers (${INDSIGT})` },
    },
    listen: {
      type: 'string',
      value: '[HOST:]PORT',
      text: { da: `Hvor der lyttes (${LISTEN})`, en: `Where to listen (${LISTEN})` },
    },
    explain: {
      type: 'boolean',
      text: { da: 'Forklar i stedet for at fjerne (under udvikling)', en: 'Explain instead of strip (in development)' },
    },
    'trust-proxy': {
      type: 'boolean',
      text: {
        da: 'Tro på X-Forwarded-Host og -Proto fra en proxy foran',
        en: 'Believe X-Forwarded-Host and -Proto of a proxy in front',
      },
    },
  },
  run: async call => {
    const told = toldOf(call)
    const site = createSite({
      site: told.site,
      backend: httpBackend({ url: told.indsigt, key: told.key }),
      mode: call.options['explain'] === true ? 'explain' : 'strip',
      trustProxy: call.options['trust-proxy'] === true,
    })
    const stop = new Promise<void>(resolve => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
    })
    try {
      const proxy = await guardProxy({ upstream: told.upstream, site, listen: told.listen })
      const host = proxy.host.includes(':') ? `[${proxy.host}]` : proxy.host
      process.stdout.write(`http://${host}:${proxy.port} → ${told.upstream}\n`)
      await stop
      await proxy.close()
    } finally {
      await site.close()
    }
    return { json: undefined, lines: [] }
  },
}

type Told = {
  readonly upstream: string
  readonly site: string
  readonly indsigt: string
  readonly key: string
  readonly listen: { readonly host: string; readonly port: number }
}

function toldOf({ options, env }: Call): Told {
  const text = (name: string) => (typeof options[name] === 'string' ? options[name] : undefined)
  const upstream = text('upstream')
  if (!upstream || !URL.canParse(upstream)) throw usage('--upstream URL')
  const site = text('site')
  if (!site) throw usage('--site HOST')
  const place = /^(?:(.+):)?(\d{1,5})$/.exec(text('listen') ?? LISTEN)
  if (!place || Number(place[2]) > 65_535) throw usage('--listen [HOST:]PORT')
  const key = env['INDSIGT_SITE_KEY']
  if (!key) throw usage(`INDSIGT_SITE_KEY=… (indsigt api-key create --role site --site ${site})`)
  const host = (place[1] ?? '127.0.0.1').replace(/^\[|\]$/g, '')
  return { upstream, site, key, indsigt: text('indsigt') ?? INDSIGT, listen: { host, port: Number(place[2]) } }
}

function usage(right: string): Problem {
  return new Problem('usage', { detail: { da: `Brug: ${right}`, en: `Use: ${right}` } })
}
