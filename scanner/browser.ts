/** Starts a Chromium apart from everything else: empty profile, one way out, sandbox when the system allows it. */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { call, connect, disconnect, on, text, within, type Connection } from './cdp.ts'

export type Browser = {
  readonly connection: Connection
  readonly process: ChildProcess
  readonly folder: string
  /** Name and version, e.g. 'HeadlessChrome/153.0.8000.0'. */
  readonly product: string
  readonly userAgent: string
  readonly isSandboxed: boolean
  readonly blocksThirdParty: boolean
}

export type Launch = {
  readonly executable: string
  /** host:port that all traffic must pass. */
  readonly proxy: string
  readonly thirdPartyCookies: 'allowed' | 'blocked'
}

const START_LIMIT_MS = 20_000
const END_LIMIT_MS = 3000

/** Starts a browser; without sandbox only where it does not start with one. Throws when it does not start at all. */
export async function launch(options: Launch): Promise<Browser> {
  // As root Chromium refuses its sandbox; elsewhere user namespaces may be missing.
  if (process.getuid?.() !== 0) {
    const sandboxed = await start(options, 'on').catch(() => null)
    if (sandboxed) return sandboxed
  }
  return start(options, 'off')
}

/** Ends the browser, its children and its profile folder. Never throws. */
export async function shut(browser: Browser): Promise<void> {
  await within(call(browser.connection.browser, 'Browser.close', {}, END_LIMIT_MS), END_LIMIT_MS, null)
  await end(browser.process)
  disconnect(browser.connection)
  remove(browser.folder)
}

async function start(options: Launch, sandbox: 'on' | 'off'): Promise<Browser> {
  const folder = mkdtempSync(join(tmpdir(), 'indsigt-scan-'))
  writeProfile(folder, options)
  const child = spawn(options.executable, flags({ ...options, folder, sandbox }), {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    env: environment(folder),
    // In the group that its parent ends as a whole, however the scanner itself ends.
    detached: false,
  })
  const failed = new Promise<never>((_resolve, reject) => {
    child.once('error', () => reject(new Error('the browser could not be started')))
    child.once('exit', () => reject(new Error('the browser ended while starting')))
  })
  try {
    const [, , , out, input] = child.stdio as unknown as [null, null, null, Writable, Readable]
    const connection = connect({ out, in: input })
    const version = await Promise.race([failed, call(connection.browser, 'Browser.getVersion', {}, START_LIMIT_MS)])
    on(connection.browser, 'Inspector.detached', () => disconnect(connection))
    failed.catch(() => disconnect(connection))
    return {
      connection,
      process: child,
      folder,
      product: text(version, 'product'),
      userAgent: text(version, 'userAgent').replace('HeadlessChrome', 'Chrome'),
      isSandboxed: sandbox === 'on',
      blocksThirdParty: options.thirdPartyCookies === 'blocked',
    }
  } catch (error) {
    await end(child)
    remove(folder)
    throw error
  }
}

function writeProfile(folder: string, options: Launch): void {
  const preferences = {
    // 0: third-party cookies allowed; 1: blocked. Debian's Chromium blocks them unless told.
    profile: {
      cookie_controls_mode: options.thirdPartyCookies === 'blocked' ? 1 : 0,
      block_third_party_cookies: options.thirdPartyCookies === 'blocked',
      default_content_setting_values: { automatic_downloads: 2 },
    },
    download_restrictions: 3,
    safebrowsing: { enabled: false },
    webrtc: { ip_handling_policy: 'disable_non_proxied_udp' },
  }
  mkdirSync(join(folder, 'profile', 'Default'), { recursive: true })
  writeFileSync(join(folder, 'profile', 'Default', 'Preferences'), JSON.stringify(preferences))
}

function flags(options: Launch & { readonly folder: string; readonly sandbox: 'on' | 'off' }): string[] {
  const isShell = /headless[-_]shell|sparticuz/.test(options.executable)
  return [
    isShell ? '--headless' : '--headless=new',
    '--remote-debugging-pipe',
    `--user-data-dir=${join(options.folder, 'profile')}`,
    `--proxy-server=http://${options.proxy}`,
    // Without this a browser goes straight to loopback, past the proxy (A13).
    '--proxy-bypass-list=<-loopback>',
    '--disable-quic',
    '--force-webrtc-ip-handling-policy=disable_non_proxied_udp',
    '--webrtc-ip-handling-policy=disable_non_proxied_udp',
    '--disable-blink-features=AutomationControlled',
    `--disable-features=${FEATURES_OFF.join(',')}`,
    ...(options.thirdPartyCookies === 'blocked' ? ['--test-third-party-cookie-phaseout'] : []),
    ...FLAGS,
    // Isolation of sites is what the sandbox walls are drawn along.
    '--site-per-process',
    ...(options.sandbox === 'off' ? ['--no-sandbox'] : []),
    'about:blank',
  ]
}

const FEATURES_OFF = [
  'Translate',
  'MediaRouter',
  'OptimizationHints',
  'DialMediaRouteProvider',
  'AutofillServerCommunication',
  'HttpsUpgrades',
  'HttpsFirstBalancedModeAutoEnable',
  'PaintHolding',
  'Prerender2',
  'GlobalMediaControls',
  'CertificateTransparencyComponentUpdater',
  'AcceptCHFrame',
  // Processes made ahead and pages kept behind cost more here than they save.
  'SpareRendererForSitePerProcess',
  'BackForwardCache',
]

const FLAGS = [
  '--no-first-run',
  '--no-default-browser-check',
  '--mute-audio',
  '--lang=da',
  '--hide-scrollbars',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-default-apps',
  '--disable-extensions',
  '--disable-sync',
  '--disable-domain-reliability',
  '--disable-client-side-phishing-detection',
  '--disable-breakpad',
  '--disable-crash-reporter',
  // A tab that ran out of stack would otherwise spell it out, frame by frame, instead of going down.
  '--disable-in-process-stack-traces',
  '--no-pings=false',
  '--disable-dev-shm-usage',
  '--disable-hang-monitor',
  '--disable-popup-blocking',
  '--disable-prompt-on-repost',
  // Tabs in the background are visited as if they were in front.
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
  '--disable-ipc-flooding-protection',
  '--disable-gpu-watchdog',
  '--disable-gpu',
  '--enable-unsafe-swiftshader',
  '--password-store=basic',
  '--use-mock-keychain',
  '--metrics-recording-only',
  '--no-service-autorun',
  '--autoplay-policy=user-gesture-required',
]

/** The browser gets what it needs to find its libraries and fonts, and nothing that could be a secret. */
function environment(folder: string): NodeJS.ProcessEnv {
  const kept = ['PATH', 'LD_LIBRARY_PATH', 'FONTCONFIG_PATH', 'FONTCONFIG_FILE', 'LANG', 'LC_ALL']
  const own = Object.fromEntries(kept.flatMap(name => (process.env[name] ? [[name, process.env[name]]] : [])))
  return {
    ...own,
    HOME: folder,
    TMPDIR: folder,
    XDG_CONFIG_HOME: folder,
    XDG_CACHE_HOME: folder,
    TZ: 'Europe/Copenhagen',
  }
}

async function end(child: ChildProcess): Promise<void> {
  const ended = new Promise<void>(resolve => {
    if (child.exitCode !== null || child.signalCode !== null) resolve()
    else child.once('exit', () => resolve())
  })
  await within(ended, 500, null)
  child.kill('SIGKILL')
  await within(ended, END_LIMIT_MS, null)
}

function remove(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  } catch {
    // A profile that is still being written is left to the system's own cleaning of its temporary folder.
  }
}
