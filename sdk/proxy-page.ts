/** Puts head and banner into a page that another server made, where its comments ask for them. */
import type { ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import type { Site, SiteRequest } from './site-types.ts'

/** Pages up to this size are held until whole; larger ones pass as they are. */
export const PAGE_BYTES_MAX = 2 * 1024 * 1024

/** Whether a response is a page that may hold our comments. */
export function mayHoldComments(
  status: number,
  headers: Readonly<Record<string, string | string[] | undefined>>,
): boolean {
  const encoding = headers['content-encoding']
  return (
    status >= 200 &&
    ![204, 205, 206, 304].includes(status) &&
    /^\s*text\/html\b/i.test(String(headers['content-type'] ?? '')) &&
    (encoding === undefined || encoding === 'identity') &&
    !(Number(headers['content-length']) > PAGE_BYTES_MAX)
  )
}

/** The page with our HTML in place of its comments; null when it has none. */
export function withBanner(page: Buffer, site: Site, request: SiteRequest): Buffer | null {
  // One byte is one character here, so a page in any encoding that extends ASCII comes through unharmed.
  const text = page.toString('latin1')
  if (!COMMENT.test(text)) return null
  const filled = text
    .replace(HEAD, () => asAscii(site.head(request)))
    .replace(BANNER, () => asAscii(site.banner(request)))
  return Buffer.from(filled, 'latin1')
}

/** What is to be sent of a page: `head` writes the response's head, given whether the page was changed. */
export type Sending = {
  readonly response: ServerResponse
  readonly site: Site
  readonly request: SiteRequest
  readonly head: (page: { readonly isFilled: boolean; readonly bytes: number | null }) => void
}

/** Reads the page, fills it, sends it. Larger ones stream on. Rejects when the upstream breaks off. */
export async function sendPage(upstream: Readable, sending: Sending): Promise<void> {
  const { response, site, request, head } = sending
  const parts: Buffer[] = []
  let bytes = 0
  let isStreaming = false
  for await (const part of upstream as AsyncIterable<Buffer>) {
    if (isStreaming) {
      await write(response, part)
      continue
    }
    parts.push(part)
    bytes += part.byteLength
    if (bytes <= PAGE_BYTES_MAX) continue
    isStreaming = true
    head({ isFilled: false, bytes: null })
    await write(response, Buffer.concat(parts))
  }
  if (isStreaming) {
    response.end()
    return
  }
  const page = Buffer.concat(parts)
  const filled = withBanner(page, site, request)
  const sent = filled ?? page
  head({ isFilled: filled !== null, bytes: sent.byteLength })
  response.end(sent)
}

const COMMENT = /<!--\s{0,8}indsigt:(head|banner)\s{0,8}-->/
const HEAD = /<!--\s{0,8}indsigt:head\s{0,8}-->/g
const BANNER = /<!--\s{0,8}indsigt:banner\s{0,8}-->/

function asAscii(html: string): string {
  return html.replace(/[^\u0000-\u007f]/gu, character => `&#${character.codePointAt(0) ?? 63};`)
}

async function write(response: ServerResponse, part: Buffer): Promise<void> {
  if (response.destroyed) throw new Error('The visitor has gone.')
  if (response.write(part)) return
  await new Promise<void>(resolve => {
    const done = () => {
      response.off('drain', done).off('close', done)
      resolve()
    }
    response.once('drain', done).once('close', done)
  })
}
