/** A line of progress for a terminal: a bar, how many a second, how long it still takes. */

export type Progress = {
  /** `done` of `total` units are behind us (bytes of a file, say), and `count` things were made of them. */
  tell(done: number, total: number, count: number): void
}

const BAR_CELLS = 24
const EVERY_MS = 200

/** Makes a progress line that calls `write` five times a second at most. `unit` is what is counted, e.g. 'rows'. */
export function openProgress(write: (line: string) => void, unit: string, language: 'da' | 'en'): Progress {
  const started = performance.now()
  let told = 0
  let first: number | undefined
  return {
    tell: (done, total, count) => {
      const now = performance.now()
      first ??= count
      if (now - told < EVERY_MS && done < total) return
      told = now
      const seconds = (now - started) / 1000
      const share = total > 0 ? Math.min(1, done / total) : 1
      const rate = Math.round((count - first) / Math.max(seconds, 0.001))
      const left = share > 0 ? Math.round((seconds / share) * (1 - share)) : 0
      write(progressLine({ share, count, rate, left, unit, language }))
    },
  }
}

type Line = {
  readonly share: number
  readonly count: number
  readonly rate: number
  /** Seconds left. */
  readonly left: number
  readonly unit: string
  readonly language: 'da' | 'en'
}

/** The text of one line. */
export function progressLine({ share, count, rate, left, unit, language }: Line): string {
  const full = Math.round(share * BAR_CELLS)
  const bar = '█'.repeat(full) + '░'.repeat(BAR_CELLS - full)
  const number = new Intl.NumberFormat(language === 'da' ? 'da-DK' : 'en-GB')
  const clock = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`
  const words = language === 'da' ? ['i sekundet', 'tilbage'] : ['a second', 'left']
  const percent = `${Math.floor(share * 100)} %`.padStart(5)
  return `${bar} ${percent}  ${number.format(count)} ${unit}  ${number.format(rate)} ${words[0]}  ${clock} ${words[1]}`
}
