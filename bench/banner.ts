/**
 * The banner beside its peers: bytes before a choice, and in a real Chromium what its script costs, when it can be
 * read and whether it moves the page. A fresh context for each sample, the order shuffled in each round.
 * `--samples N` rounds (7).
 */
import { parseArgs } from 'node:util'
import { pathToFileURL } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { launchBrowser } from '../test/browser.ts'
import { banners, others, type Banner } from './tools/banner-pages.ts'
import { serveBanners, visit, type Sample, type Screen } from './tools/banner-visit.ts'
import { requirePeers } from './tools/peers.ts'

const SAMPLES = 7
const BYTES_MAX = 2_500
const GATE_BYTES_MAX = 1_000
const EVALUATION_RATIO = 0.5
const AFTER_PAINT_MS = 16

const SCREENS: readonly Screen[] = [
  { name: 'desktop', options: { viewport: { width: 1280, height: 900 } }, slower: 1 },
  { name: 'phone, 4 × slower', options: { viewport: { width: 390, height: 844 }, isMobile: true }, slower: 4 },
]

/** Prints a table of sizes and one for each screen; the last lines are the figures against their limits. */
export async function run(samples = SAMPLES): Promise<void> {
  requirePeers()
  const all = banners()
  printSizes(all)
  const site = await serveBanners(all)
  const browser = await launchBrowser()
  try {
    console.log(`Chromium ${browser.version()}, ${samples} samples each, median (quartiles)`)
    const lines: string[] = []
    for (const screen of SCREENS) {
      const seen = new Map<Banner, Sample[]>(all.map(it => [it, []]))
      // The first visit of a browser pays for what all later ones share.
      await visit(browser, `${site.origin}/page/0`, { seen: all[0]?.seen ?? '', screen })
      for (let round = 0; round < samples; round += 1)
        for (const banner of shuffled(all))
          seen
            .get(banner)
            ?.push(await visit(browser, `${site.origin}/page/${all.indexOf(banner)}`, { seen: banner.seen, screen }))
      printSpeed(screen, seen)
      lines.push(lineOf(screen, [...seen.values()]))
    }
    for (const line of lines) console.log(line)
  } finally {
    await browser.close()
    await site.close()
  }
}

function printSizes(all: readonly Banner[]): void {
  const rows = [
    ...all.map(({ name, files, perPage }) => ({ name, files: Object.values(files), perPage })),
    ...others().map(it => ({ ...it, perPage: '' })),
  ].map(({ name, files, perPage }) => ({
    'bytes, JS + CSS': name,
    raw: sum(files, text => Buffer.byteLength(text)),
    gzip: sum(files, text => gzipSync(text, { level: 9 }).length),
    brotli: sum(files, brotli),
    'in each page or its configuration, brotli': perPage === '' ? '–' : brotli(perPage),
  }))
  console.table(rows)
  const [own, gate] = [rows[0]?.brotli, rows.find(it => it['bytes, JS + CSS'].includes('gate alone'))?.brotli]
  console.log(`banner: ${own} bytes brotli (limit ${BYTES_MAX}), the gate alone ${gate} (limit ${GATE_BYTES_MAX})`)
}

function printSpeed(screen: Screen, seen: ReadonlyMap<Banner, readonly Sample[]>): void {
  console.table(
    [...seen].map(([{ name }, samples]) => ({
      [screen.name]: name,
      'evaluation ms': told(samples.map(it => it.evaluation)),
      'of it forced layout': told(samples.map(it => it.forced)),
      'all script ms': told(samples.map(it => it.script)),
      'first paint ms': told(samples.map(it => it.painted)),
      'readable after it, ms': told(samples.map(afterPaint)),
      'layout shift': Math.max(...samples.map(it => it.shift)).toFixed(3),
    })),
  )
}

// Ours is first of the list, vanilla-cookieconsent second.
function lineOf({ name }: Screen, [own = [], peer = []]: readonly (readonly Sample[])[]): string {
  const ratioOf = (cost: (it: Sample) => number) => (quantile(own.map(cost)) / quantile(peer.map(cost))).toFixed(2)
  const after = quantile(own.map(afterPaint))
  const shift = Math.max(...own.map(it => it.shift))
  return (
    `banner, ${name}: evaluation ${ratioOf(it => it.evaluation)} of vanilla-cookieconsent's ` +
    `(limit ${EVALUATION_RATIO}), ${ratioOf(it => it.evaluation - it.forced)} without the layout they force; ` +
    `readable ${after.toFixed(0)} ms after first paint (limit ${AFTER_PAINT_MS}); layout shift ${shift} (limit 0)`
  )
}

const afterPaint = ({ readable, painted }: Sample) => readable - painted
const brotli = (text: string) => brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length
const sum = (texts: readonly string[], size: (text: string) => number) =>
  texts.reduce((total, text) => total + size(text), 0)

function quantile(values: readonly number[], share = 0.5): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

function told(values: readonly number[]): string {
  const [low, middle, high] = [0.25, 0.5, 0.75].map(share => quantile(values, share).toFixed(1))
  return `${middle} (${low}–${high})`
}

function shuffled<T>(items: readonly T[]): readonly T[] {
  return items
    .map(item => ({ item, at: Math.random() }))
    .toSorted((one, other) => one.at - other.at)
    .map(({ item }) => item)
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = parseArgs({ options: { samples: { type: 'string' } } })
  await run(Number(values.samples ?? SAMPLES))
}
