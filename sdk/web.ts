/** A site on web-standard requests and responses, for servers that speak them. */
import { BODY_BYTES_MAX } from './site-checks.ts'
import { guardOf } from './node-guard.ts'
import { siteRequest } from './site-tools.ts'
import type { Site, SiteRequest, SiteResponse } from './site-types.ts'

/**
 * The request in the site's words, without its body. The Host header counts, not the address a framework made up.
 * `address` is the other end of the socket, which no web request tells.
 */
export function fromWeb(site: Site, request: Request, address?: string): SiteRequest {
  const url = new URL(request.url)
  const headers = Object.fromEntries(request.headers)
  return siteRequest(site, {
    method: request.method,
    target: url.pathname + url.search,
    headers: { ...headers, host: headers['host'] ?? url.host },
    isEncrypted: url.protocol === 'https:',
    address,
  })
}

/** Answers one of our own paths; null for a path that is not ours. */
export async function answerWeb(
  site: Site,
  request: Request,
  known = fromWeb(site, request),
): Promise<Response | null> {
  if (!site.owns(known.path)) return null
  const answer = await site.handle(request.method === 'POST' ? { ...known, body: await textOf(request) } : known)
  return answer && toWeb(answer, request.method)
}

/** The response after the guard: the same one when nothing changes, else a copy with other headers. */
export function guardWeb(site: Site, request: SiteRequest, response: Response): Response {
  const before = response.headers.getSetCookie()
  const head = guardOf(site, () => request)(before, name => response.headers.get(name) ?? undefined)
  const changes = Object.entries(head.headers)
  const isSame = head.lines.length === before.length && head.lines.every((line, index) => line === before[index])
  if (isSame && changes.length === 0) return response
  const headers = new Headers(response.headers)
  headers.delete('set-cookie')
  for (const line of head.lines) headers.append('set-cookie', line)
  for (const [name, value] of changes) headers.set(name, value)
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers })
}

function toWeb(answer: SiteResponse, method: string): Response {
  const headers = new Headers(answer.headers)
  for (const line of answer.setCookies) headers.append('set-cookie', line)
  const isEmpty = method === 'HEAD' || answer.status === 304 || answer.body.length === 0
  const body = isEmpty ? null : typeof answer.body === 'string' ? answer.body : Buffer.from(answer.body)
  return new Response(body, { status: answer.status, headers })
}

async function textOf(request: Request): Promise<string> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of request.body ?? []) {
    const chunk = part as Uint8Array
    bytes += chunk.byteLength
    if (bytes > BODY_BYTES_MAX) return 'x'.repeat(BODY_BYTES_MAX + 1)
    parts.push(chunk)
  }
  return Buffer.concat(parts).toString('utf8')
}
