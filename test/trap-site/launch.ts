/** A real browser for tests of the trap site. */
import type { Browser } from 'playwright-core'
import { launchBrowser } from '../browser.ts'

/** A browser that does not say that a machine drives it. */
export const launch = (): Promise<Browser> =>
  launchBrowser(['--no-sandbox', '--disable-blink-features=AutomationControlled'])
