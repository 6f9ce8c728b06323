/** API keys on the command line: create, list, revoke. */
import type { Call, Command, Outcome } from '../platform/command.ts'
import { Problem } from '../platform/problems.ts'
import { act, look } from '../platform/world.ts'
import * as work from '../work/work.ts'
import * as identity from './identity.ts'

const create: Command = {
  name: 'api-key create',
  summary: { da: 'Lav en API-nøgle; den vises kun denne ene gang', en: 'Make an API key; it is shown this once' },
  options: {
    role: {
      type: 'string',
      value: 'ROLE',
      text: { da: `Rolle: ${identity.KEY_ROLES.join(', ')}`, en: `Role: ${identity.KEY_ROLES.join(', ')}` },
    },
    client: {
      type: 'string',
      value: 'NAME',
      text: { da: 'Klienten, for rollen client', en: 'The client, for role client' },
    },
    site: {
      type: 'string',
      value: 'HOST',
      text: {
        da: 'Webstedet fra politikken, for rollen site (dets egen server)',
        en: 'The site of the policy, for role site (its own server)',
      },
    },
    days: {
      type: 'string',
      value: 'N',
      text: { da: 'Dage, før den udløber (90; højst 366)', en: 'Days before it expires (90; 366 at most)' },
    },
  },
  run: async call => {
    const role = roleOf(call.options['role'])
    const days = daysOf(call.options['days'])
    const { client, site } = call.options
    const made = await act(await call.world(), call.actor('api'), async ctx => {
      const partyId = typeof client === 'string' ? (await work.partyByName(ctx, client)).partyId : null
      return identity.createKey(ctx, { role, partyId, site: typeof site === 'string' ? site : null, days })
    })
    return shown(call, made)
  },
}

const list: Command = {
  name: 'api-key list',
  summary: { da: 'Vis alle nøgler, uden selve nøglerne', en: 'List all keys, without the keys themselves' },
  run: async call => {
    const rows = await look(await call.world(), call.actor('api'), identity.keys)
    const state = (row: identity.KeyRow) => {
      if (row.revokedAt) return call.language === 'da' ? 'spærret' : 'revoked'
      return `${call.language === 'da' ? 'udløber' : 'expires'} ${row.expiresAt.toISOString().slice(0, 10)}`
    }
    const line = (row: identity.KeyRow) =>
      [row.keyId, row.role.padEnd(10), state(row), ...(row.site === null ? [] : [row.site])].join('  ')
    return { json: { keys: rows }, lines: rows.map(line) }
  },
}

const revoke: Command = {
  name: 'api-key revoke',
  args: 'ID',
  summary: { da: 'Spær en nøgle med det samme', en: 'Revoke a key at once' },
  run: async call => {
    const [keyId] = call.args
    if (keyId === undefined)
      throw new Problem('usage', { detail: { da: 'Nøglens nummer mangler.', en: 'The key’s id is missing.' } })
    await act(await call.world(), call.actor('api'), ctx => identity.revokeKey(ctx, keyId))
    return {
      json: { keyId, revoked: true },
      lines: [call.language === 'da' ? 'Nøglen er spærret.' : 'The key is revoked.'],
    }
  },
}

function shown(call: Call, made: identity.MadeKey): Outcome {
  const until = made.expiresAt.toISOString().slice(0, 10)
  const note =
    call.language === 'da'
      ? `Nøglen vises kun nu. Den udløber ${until}. Nummer: ${made.keyId}`
      : `The key is shown only now. It expires on ${until}. Id: ${made.keyId}`
  return { json: made, lines: [made.key, note] }
}

function roleOf(value: string | boolean | undefined): identity.KeyRole {
  const role = identity.KEY_ROLES.find(it => it === value)
  if (role) return role
  const roles = identity.KEY_ROLES.join(', ')
  throw new Problem('usage', {
    detail: { da: `--role skal være en af: ${roles}`, en: `--role must be one of: ${roles}` },
  })
}

function daysOf(value: string | boolean | undefined): number {
  if (value === undefined) return identity.DAYS_DEFAULT
  const days = Number(value)
  if (Number.isInteger(days) && days >= 1 && days <= identity.DAYS_MOST) return days
  throw new Problem('usage', {
    detail: { da: '--days er et helt tal fra 1 til 366', en: '--days is a whole number from 1 to 366' },
  })
}

export const commands: readonly Command[] = [create, list, revoke]
