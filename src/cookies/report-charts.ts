/** The drawings of the officer's report: bars only, so that they keep their form at any width. Figures stand beside. */
import { attributes, html, type Html } from '../ui/ui.ts'
import type { ScanLine } from './report.ts'

export type Drawing = {
  /** Unique on the page. */
  readonly id: string
  readonly title: string
  readonly description: string
}

const SLOT = 10
const BAR = 6
const SLOTS_LEAST = 12
const HEIGHT = 60
const HALF = 12

/** How many of the latest scans are drawn. */
export const SCANS_DRAWN = 36

/** Breaches (filled) and doubts (open) of each scan, oldest first; a scan that found nothing is a low mark. */
export function scanBars(scans: readonly ScanLine[], drawing: Drawing): Html {
  const most = mostOf(scans)
  const { width, at } = slotsOf(scans.length)
  const tall = (count: number) => (count * HEIGHT) / most
  const bars = scans.map((scan, index) => {
    const x = at(index)
    const [breach, doubt] = [tall(scan.breaches), tall(scan.doubts)]
    if (!scan.isWhole && breach + doubt === 0) return bar('part', { x, y: HEIGHT - 3, height: 3 })
    if (breach + doubt === 0) return bar('clean', { x, y: HEIGHT - 3, height: 3 })
    return html`${breach > 0 && bar('breach', { x, y: HEIGHT - breach, height: breach })}
    ${doubt > 0 && bar('doubt', { x, y: HEIGHT - breach - doubt, height: doubt })}`
  })
  return frame(drawing, {
    width,
    height: HEIGHT,
    kind: 'bars',
    content: html`<path class="grid" d="M0 0.5H${width}M0 ${HEIGHT / 2}H${width}" />${bars}
      <path class="axis" d="M0 ${HEIGHT}H${width}" />`,
  })
}

/** What came (up) and what went (down) between scans, in the same places as the bars above. */
export function driftBars(scans: readonly ScanLine[], drawing: Drawing): Html {
  const { width, at } = slotsOf(scans.length)
  const most = Math.max(1, ...scans.flatMap(scan => [scan.added ?? 0, scan.gone ?? 0]))
  const tall = (count: number | null) => ((count ?? 0) * (HALF - 1)) / most
  const bars = scans.map((scan, index) => {
    const [added, gone] = [tall(scan.added), tall(scan.gone)]
    return html`${added > 0 && bar('added', { x: at(index), y: HALF - added, height: added })}
    ${gone > 0 && bar('gone', { x: at(index), y: HALF, height: gone })}`
  })
  return frame(drawing, {
    width,
    height: HALF * 2,
    kind: 'drift',
    content: html`${bars}<path class="axis" d="M0 ${HALF}H${width}" />`,
  })
}

/** A small row of bars, one for each week. */
export function weekBars(counts: readonly number[], drawing: Drawing): Html {
  const most = Math.max(1, ...counts)
  const bars = counts.map((count, index) => {
    const height = count === 0 ? 1 : 2 + (count * 22) / most
    return bar(count === 0 ? 'none' : 'count', { x: index * SLOT + 2, y: 24 - height, height })
  })
  return frame(drawing, { width: counts.length * SLOT, height: 24, kind: 'spark', content: html`${bars}` })
}

/** A share of a whole as one bar; the figure stands beside it. */
export function shareBar(share: number): Html {
  return html`<svg class="share" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
    <rect class="rail" width="100" height="4" />
    <rect class="count" width="${Math.round(share * 100)}" height="4" />
  </svg>`
}

/** The top of the scale: a small even number, so that its half can be told too. */
export function mostOf(scans: readonly ScanLine[]): number {
  const most = Math.max(2, ...scans.map(scan => scan.breaches + scan.doubts))
  return most % 2 === 0 ? most : most + 1
}

/** The newest stands at the right edge, also while there are few. */
function slotsOf(count: number): { readonly width: number; readonly at: (index: number) => number } {
  const slots = Math.max(SLOTS_LEAST, count)
  return { width: slots * SLOT, at: index => (slots - count + index) * SLOT + (SLOT - BAR) / 2 }
}

function bar(kind: string, place: { readonly x: number; readonly y: number; readonly height: number }): Html {
  const [y, height] = [place.y, place.height].map(it => Math.round(it * 100) / 100)
  return html`<rect${attributes({ class: kind, x: place.x, y: y ?? 0, width: BAR, height: height ?? 0 })} />`
}

type Frame = { readonly width: number; readonly height: number; readonly kind: string; readonly content: Html }

function frame({ id, title, description }: Drawing, { width, height, kind, content }: Frame): Html {
  return html`<svg
    class="${kind}"
    viewBox="0 0 ${width} ${height}"
    preserveAspectRatio="none"
    role="img"
    aria-labelledby="${id}-title ${id}-text"
  >
    <title id="${id}-title">${title}</title>
    <desc id="${id}-text">${description}</desc>
    ${content}
  </svg>`
}
