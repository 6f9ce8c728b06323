/** The browser of the tests: the one that INDSIGT_CHROMIUM names, or the one a package brings. */
import { chromium, type Browser } from 'playwright-core'

/** Flags of the package that would make a test prove nothing: without them a page is held to its origin. */
const UNWANTED = ['--single-process', '--no-zygote', '--disable-web-security']

/** Starts it with further flags. Close it in `after`. */
export async function launchBrowser(flags: readonly string[] = []): Promise<Browser> {
  const { executablePath, args } = await findBrowser()
  return chromium.launch({ executablePath, args: [...args, ...flags] })
}

/** Where it is, and the flags it needs. */
export async function findBrowser(): Promise<{ readonly executablePath: string; readonly args: readonly string[] }> {
  const named = process.env['INDSIGT_CHROMIUM']
  if (named) return { executablePath: named, args: ['--no-sandbox'] }
  // Set before the import: the package then brings the libraries and a font along.
  process.env['AWS_LAMBDA_JS_RUNTIME'] = 'nodejs22.x'
  const { default: packed } = await import('@sparticuz/chromium')
  const args = packed.args.filter(it => !UNWANTED.includes(it))
  return { executablePath: await packed.executablePath(), args }
}
