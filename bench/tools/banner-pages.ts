/** One page for each banner: the same text, the banner as its own guide puts it there, and what that downloads. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { BANNER_CSS, CONSENT_JS, GATE_JS } from '../../sdk/assets.ts'
import { renderBanner, renderHead, type View } from '../../sdk/banner.ts'
import { mintToken } from '../../sdk/choice.ts'
import { fullRegister } from '../../sdk/register.fixture.ts'
import { PEERS, versionOf } from './peers.ts'

export type Banner = {
  readonly name: string
  /** What a visitor downloads before a choice, by path; all of it counts as size. */
  readonly files: { readonly [path: string]: string }
  readonly head: string
  /** Right after `<body>`. */
  readonly body: string
  /** Selector of what has to be readable. */
  readonly seen: string
  /** What a site writes for it: its configuration, or what the server adds to each page. */
  readonly perPage: string
}

/** What is only weighed, as it shows nothing by itself. */
export type Weighed = { readonly name: string; readonly files: readonly string[] }

const CATEGORIES = ['preferences', 'statistics', 'marketing'] as const
const QUESTION = 'We ask before we use cookies for preferences, statistics and marketing.'

/** Ours with a full register, and the peers with three categories to choose. */
export function banners(): readonly Banner[] {
  return [indsigt(), cookieconsent(), klaro(), orejime(), tarteaucitron()]
}

/** Parts and relatives for the table of sizes. */
export function others(): readonly Weighed[] {
  const core = read('vanilla-cookieconsent', 'dist/core/cookieconsent-core.umd.js')
  const frames = ['iframemanager.js', 'iframemanager.css'].map(it => read('@orestbida/iframemanager', `dist/${it}`))
  return [
    { name: 'Indsigt, the gate alone', files: [GATE_JS] },
    { name: 'vanilla-cookieconsent, headless core', files: [core] },
    {
      name: 'vanilla-cookieconsent + iframemanager',
      files: [...Object.values(cookieconsent().files), ...frames],
    },
  ]
}

/** The whole page. */
export function pageOf({ head, body }: Pick<Banner, 'head' | 'body'>): string {
  const paragraph = '<p>The harbour opens at six, and the ferries leave every hour until the last light is gone.</p>'
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Harbour</title>
<meta name="viewport" content="width=device-width, initial-scale=1">${head}</head>
<body>${body}<h1>Harbour</h1>${paragraph.repeat(30)}</body></html>`
}

function indsigt(): Banner {
  const key = Buffer.alloc(32, 7).toString('base64url')
  const view: View = {
    register: fullRegister,
    isStale: false,
    language: 'en',
    choice: null,
    isGpc: false,
    token: mintToken({ register: fullRegister, key, now: new Date(), language: 'en' }),
    base: '/indsigt',
    back: '/',
  }
  const [head, body] = [renderHead(view), renderBanner(view)]
  const files = { '/indsigt/consent.js': CONSENT_JS, '/indsigt/banner.css': BANNER_CSS }
  return { name: 'Indsigt', files, head, body, seen: '.indsigt-banner', perPage: head + body }
}

function cookieconsent(): Banner {
  const sections = CATEGORIES.map(it => ({ title: it, description: `For ${it}.`, linkedCategory: it }))
  const buttons = { acceptAllBtn: 'Accept', acceptNecessaryBtn: 'Reject' }
  const config = {
    // It does not show itself to a browser that says it is driven by a machine.
    hideFromBots: false,
    categories: { necessary: { enabled: true, readOnly: true }, ...Object.fromEntries(CATEGORIES.map(it => [it, {}])) },
    language: {
      default: 'en',
      translations: {
        en: {
          consentModal: { title: 'Cookies?', description: QUESTION, showPreferencesBtn: 'Choose', ...buttons },
          preferencesModal: {
            title: 'Cookies',
            savePreferencesBtn: 'Save',
            closeIconLabel: 'Close',
            sections,
            ...buttons,
          },
        },
      },
    },
  }
  return peer('vanilla-cookieconsent', {
    files: ['dist/cookieconsent.umd.js', 'dist/cookieconsent.css'],
    perPage: `CookieConsent.run(${JSON.stringify(config)})`,
    order: 'after',
    seen: '#cc-main .cm',
  })
}

function klaro(): Banner {
  const services = CATEGORIES.map(name => ({ name, title: name, purposes: [name], cookies: [`${name}_id`] }))
  const texts = { consentNotice: { description: QUESTION } }
  const config = { version: 1, elementID: 'klaro', lang: 'en', acceptAll: true, translations: { en: texts }, services }
  return peer('klaro', {
    files: ['dist/klaro.js'],
    perPage: `var klaroConfig = ${JSON.stringify(config)}`,
    order: 'before',
    seen: '.klaro .cookie-notice',
    attributes: 'data-config="klaroConfig"',
  })
}

function orejime(): Banner {
  const purposes = CATEGORIES.map(id => ({ id, title: id, description: `For ${id}.`, cookies: [`${id}_id`] }))
  return peer('orejime', {
    files: ['dist/orejime-standard-en.js', 'dist/orejime-standard.css'],
    perPage: `window.orejimeConfig = ${JSON.stringify({ privacyPolicyUrl: '/policy', purposes })}`,
    order: 'before',
    seen: '.orejime-Banner',
  })
}

// It fetches sheet, words and services by itself, from where its script lies, as its guide leaves it.
function tarteaucitron(): Banner {
  const config = {
    privacyUrl: '',
    hashtag: '#tarteaucitron',
    cookieName: 'tarteaucitron',
    orientation: 'bottom',
    showAlertSmall: false,
    cookieslist: false,
    adblocker: false,
    DenyAllCta: true,
    AcceptAllCta: true,
    highPrivacy: true,
    handleBrowserDNTRequest: false,
    removeCredit: true,
    moreInfoLink: true,
    mandatory: true,
    useExternalCss: false,
    useExternalJs: false,
    showIcon: false,
    bodyPosition: 'top',
    groupServices: false,
  }
  return peer('tarteaucitronjs', {
    files: [
      'tarteaucitron.min.js',
      'css/tarteaucitron.min.css',
      'lang/tarteaucitron.en.min.js',
      'tarteaucitron.services.min.js',
      'advertising.min.js',
    ],
    perPage: `tarteaucitron.init(${JSON.stringify(config)}); (tarteaucitron.job = tarteaucitron.job || []).push('youtube', 'vimeo', 'matomo')`,
    order: 'after',
    seen: '#tarteaucitronAlertBig',
    linked: 1,
  })
}

type Set = {
  readonly files: readonly string[]
  /** The configuration, a script of its own before or after the library. */
  readonly perPage: string
  readonly order: 'before' | 'after'
  readonly seen: string
  readonly attributes?: string
  /** How many of the files the page itself names; absent: all. */
  readonly linked?: number
}

function peer(name: string, { files, perPage, order, seen, attributes = '', linked = files.length }: Set): Banner {
  const paths = files.map(file => `/${name}/${file}`)
  const configPath = `/${name}/bench-config.js`
  const tags = paths
    .slice(0, linked)
    .map(path =>
      path.endsWith('.css')
        ? `<link rel="stylesheet" href="${path}">`
        : `<script defer src="${path}" ${attributes}></script>`,
    )
  const config = `<script defer src="${configPath}"></script>`
  const contents = paths.map((path, at) => [path, read(name, files[at] ?? '')])
  return {
    name: `${name} ${versionOf(name)}`,
    files: Object.fromEntries(contents) as Banner['files'],
    head: (order === 'before' ? [config, ...tags] : [...tags, config]).join(''),
    body: '',
    seen,
    perPage,
  }
}

/** Path of a peer's configuration, where it has one of its own. */
export function configPathOf(banner: Banner): string | null {
  return /src="([^"]+bench-config\.js)"/.exec(banner.head)?.[1] ?? null
}

function read(name: string, file: string): string {
  const folder = join(PEERS, 'node_modules', name)
  const [directory, wanted] = [join(folder, file, '..'), file.split('/').at(-1) ?? '']
  const found = readdirSync(directory).find(it => it === wanted)
  if (found === undefined) throw new Error(`${name} has no ${file}`)
  return readFileSync(join(directory, found), 'utf8')
}
