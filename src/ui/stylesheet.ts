/** The one style sheet of all pages: read from disk once and served under a name that changes with it. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { brotliCompressSync } from 'node:zlib'

/** The one sheet: where it is served, and its bytes plain and compressed. The path changes with the bytes. */
export type Stylesheet = { readonly path: string; readonly body: Buffer; readonly brotli: Buffer }

/**
 * The sheet of all pages, read from disk once. Its name carries a hash of its bytes, so it may be cached for ever
 * (`Cache-Control: public, max-age=31536000, immutable`). @throws when the file is missing from the installation.
 */
export function stylesheet(): Stylesheet {
  sheet ??= read()
  return sheet
}

let sheet: Stylesheet | undefined

function read(): Stylesheet {
  const body = readFileSync(new URL('style.css', import.meta.url))
  const hash = createHash('sha256').update(body).digest('hex').slice(0, 16)
  return { path: `/assets/style-${hash}.css`, body, brotli: brotliCompressSync(body) }
}
