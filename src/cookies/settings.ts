/** What a site's server is given: its register, its key and our clock; and that what visitors are shown is kept. */
import type { Seal } from '../../sdk/choice.ts'
import { canonicalText, noticeOf, sha256OfNotice, sha256OfRegister } from '../../sdk/register.ts'
import type { Language, Register } from '../../sdk/wire.ts'
import * as ledger from '../ledger/ledger.ts'
import * as policy from '../policy/policy.ts'
import { Problem } from '../platform/problems.ts'
import { act, look, type Actor, type World } from '../platform/world.ts'
import { registerOf } from './register-of.ts'
import * as store from './store.ts'

export type Settings = {
  readonly register: Register
  /** Base64url; signs tokens and choices of this site. */
  readonly key: string
  /** SHA-256 of the notice in each language, hex. */
  readonly notices: { readonly [language in Language]: string }
}

type Known = { readonly sha256: string; readonly settings: Settings }

const known = new WeakMap<World, Map<string, Known>>()
const LANGUAGES: readonly Language[] = ['da', 'en']

/**
 * The settings of the actor's site under the policy in force. The register and its notices are kept the first time
 * they are given out, so that every hash in a receipt can be read for good. A policy adopted by another process is
 * seen by the next act, and `recordAll` holds what was shown against it. Throws `policy.not_adopted` and
 * `cookies.site_unknown` when the policy in force does not name the site.
 */
export async function published(world: World, actor: Actor): Promise<Settings> {
  const site = actor.site
  if (site === undefined) throw new Problem('cookies.site_unknown')
  if (!world.rules && !(await policy.load(world))) throw new Problem('policy.not_adopted')
  const { sha256 } = policy.current({ world })
  const before = known.get(world)?.get(site)
  if (before?.sha256 === sha256) return before.settings
  const register = registerFor(world, site)
  if (!register) throw new Problem('cookies.site_unknown')
  const settings = await publish(world, actor, register)
  const sites = known.get(world) ?? new Map<string, Known>()
  known.set(world, sites.set(site, { sha256, settings }))
  return settings
}

/** The register of the site that a host belongs to under the policy in force, or null. */
export function registerFor(world: World, host: string): Register | null {
  const { document, version, sha256 } = policy.current({ world })
  return registerOf(document, { host, version, sha256, policyUrl: policyUrlOf(world) })
}

/** What tokens and choices of a site are sealed with. */
export function sealOf({ register, key }: Pick<Settings, 'register' | 'key'>, now: Date): Seal {
  return { register, key, now }
}

function policyUrlOf(world: World): string {
  return `${world.publicUrl ?? ''}/policy`
}

async function publish(world: World, actor: Actor, register: Register): Promise<Settings> {
  const sha256 = Buffer.from(sha256OfRegister(register), 'hex')
  const shown = LANGUAGES.map(language => {
    const notice = noticeOf(register, language)
    return { language, notice, sha256: Buffer.from(sha256OfNotice(notice), 'hex') }
  })
  const kept = await look(world, actor, from => store.findNotices(from, sha256))
  // A newer version of ours may say the same register in other words, and that is another notice.
  const isKept = (notice: Buffer) => kept.some(row => row.sha256.equals(notice))
  if (!shown.every(it => isKept(it.sha256))) {
    await act(world, actor, async ctx => {
      policy.requireTask(ctx, 'keepSite')
      const { site, policyVersion } = register
      await store.insertRegister(ctx, { sha256, site, policyVersion, document: canonicalText(register) })
      for (const { language, notice, sha256: noticeSha256 } of shown) {
        const document = canonicalText(notice)
        await store.insertNotice(ctx, { sha256: noticeSha256, registerSha256: sha256, language, document })
      }
      await ledger.appendSystem(ctx, 'cookies.register_published', { site, register: sha256.toString('hex') })
    })
  }
  const [da = '', en = ''] = shown.map(it => it.sha256.toString('hex'))
  const key = world.keys.macKey(`cookies/site/${register.site}`).export().toString('base64url')
  return { register, key, notices: { da, en } }
}
