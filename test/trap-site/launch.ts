/** A real browser for tests of the trap site. */
import { chromium, type Browser } from 'playwright-core'

/** The browser that INDSIGT_CHROMIUM names, or the one a package brings; it does not say that a machine drives it. */
export async function launch(): Promise<Browser> {
  const more = ['--no-sandbox', '--disable-blink-features=AutomationControlled']
  const named = process.env['INDSIGT_CHROMIUM']
  if (named) return chromium.launch({ executablePath: named, args: more })
  process.env['AWS_LAMBDA_JS_RUNTIME'] = 'nodejs22.x'
  const { default: packed } = await import('@sparticuz/chromium')
  const args = packed.args.filter(it => it !== '--single-process' && it !== '--no-zygote')
  return chromium.launch({ executablePath: await packed.executablePath(), args: [...args, ...more] })
}
