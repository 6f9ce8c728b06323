/** A visitor of one of our sites, as that site's own server tells of one: a choice, its cookie, and a log-in. */
import { mintToken } from '../sdk/choice.ts'
import * as cookies from '../src/cookies/cookies.ts'
import type { House } from './promises/house.ts'

export const SITE = 'intrum.dk'

/** What the site's server hands in when a visitor pressed yes on its page. */
export async function submission({ kit }: House) {
  const { register, key } = await cookies.settings(kit.world, { ...kit.actor('site'), site: SITE })
  const token = mintToken({ register, key, now: new Date(), language: 'da' })
  return { token, method: 'accept', categories: [], origin: null, isGpc: false, previous: null }
}

/** The value of the cookie that a visitor who said yes has. */
export async function chosen(house: House): Promise<string> {
  const { cookie } = await house.must(201, { site: SITE }, 'POST /v1/cookies/choices', await submission(house))
  return (cookie as { value: string }).value
}

/** Somebody the site knows, in a browser that said yes. */
export async function loggedIn(house: House) {
  const notice = { version: 1, shownAt: new Date(Date.now() - 1).toISOString() }
  const given = { site: `www.${SITE}`, category: 'web_contact', values: { name: 'Vera Vedel' }, language: 'da', notice }
  const { subjectId } = await house.must(201, { site: SITE }, 'POST /v1/collections', given)
  return { subjectId: String(subjectId), visitor: await chosen(house), language: 'da', notice }
}
