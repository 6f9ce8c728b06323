/** Retention on the command line. */
import type { Call, Command, Outcome } from '../platform/command.ts'
import { Problem } from '../platform/problems.ts'
import { look } from '../platform/world.ts'
import * as retention from './retention.ts'

const BAR_COLUMNS = 40

export const commands: readonly Command[] = [
  {
    name: 'retention preview',
    summary: {
      da: 'Hvad der skal slettes i dag, hvorfor, og hvornår resten går',
      en: 'What is due today, why, and when the rest goes',
    },
    options: {
      months: {
        type: 'string',
        value: 'N',
        text: { da: 'Så mange måneder frem (24)', en: 'So many months ahead (24)' },
      },
    },
    run: previewed,
  },
  {
    name: 'retention run',
    summary: {
      da: 'Slet det, der skal slettes, og udsted et certifikat',
      en: 'Erase what is due and issue a certificate',
    },
    options: {
      limit: {
        type: 'string',
        value: 'N',
        text: { da: 'Slet højst så mange poster', en: 'Erase so many records at most' },
      },
    },
    run: ran,
  },
  {
    name: 'retention replay',
    summary: {
      da: 'Slet igen, hvad en gendannet kopi bragte tilbage',
      en: 'Erase again what a restored copy brought back',
    },
    run: replayed,
  },
]

async function previewed(call: Call): Promise<Outcome> {
  const months = numberOf(call, 'months', 120) ?? 24
  const result = await look(await call.world(), call.actor('api'), it => retention.preview(it, { months, limit: 20 }))
  const da = call.language === 'da'
  const { due, kept, unreviewed } = result
  return {
    json: result,
    lines: [
      da ? `Skal slettes i dag: ${result.dueTotal}` : `Due today: ${result.dueTotal}`,
      ...due.map(it => `  ${it.clause}  ${it.category}: ${it.records} (${it.reason})`),
      ...(kept.length > 0 ? [da ? 'Bliver, og hvorfor:' : 'Kept, and why:'] : []),
      ...kept.map(it => `  ${it.clause}  ${it.category}: ${it.records}, ${retention.keptSentence(it, call.language)}`),
      ...(unreviewed.count > 0
        ? [
            da
              ? `Uden en grund, nogen har set efter i tide: ${unreviewed.count} sager`
              : `Without a reason reviewed in time: ${unreviewed.count} cases`,
          ]
        : []),
      ...unreviewed.relationships.map(it => `  ${it.relationshipId}  ${it.kind}  ${it.reviewOn}`),
      da ? `De kommende ${months} måneder:` : `The coming ${months} months:`,
      ...retention.chart(result.months, BAR_COLUMNS).map(line => `  ${line}`),
    ],
  }
}

async function ran(call: Call): Promise<Outcome> {
  const limit = numberOf(call, 'limit', 1_000_000_000)
  const result = await retention.run(await call.world(), call.actor('worker'), limit === undefined ? {} : { limit })
  const { certificate: it } = result
  const da = call.language === 'da'
  const waits = da ? 'venter på, at tabellerne skrives om' : 'waits for the tables to be rewritten'
  return {
    json: result,
    lines: [
      da
        ? `Slettet: ${it.records} poster, ${it.personsForgotten} personer helt`
        : `Erased: ${it.records} records, ${it.personsForgotten} persons entirely`,
      ...it.erased.map(one => `  ${one.clause}  ${one.category}: ${one.records} (${one.reason})`),
      `${da ? 'Certifikat' : 'Certificate'}: ${it.certificate}`,
      `${da ? 'Kan ikke læses her siden' : 'Unreadable here since'}: ${it.unreadableHereSince ?? waits}`,
      `${da ? 'Sidste kopi er væk senest' : 'Last copy gone by'}: ${it.lastCopyGoneBy ?? '–'}`,
    ],
  }
}

async function replayed(call: Call): Promise<Outcome> {
  const result = await retention.replay(await call.world(), call.actor('worker'))
  const { journalled, erasedAgain, forgottenAgain, held, restrictedAgain, withdrawnAgain, revokedAgain } = result
  const { unlinkedAgain } = result
  const da = call.language === 'da'
  return {
    exit: held > 0 ? 1 : 0,
    json: result,
    lines: [
      da
        ? `I journalen: ${journalled}; slettet igen: ${erasedAgain}`
        : `In the journal: ${journalled}; erased again: ${erasedAgain}`,
      da ? `Personer glemt igen: ${forgottenAgain}` : `Persons forgotten again: ${forgottenAgain}`,
      da
        ? `Begrænset igen: ${restrictedAgain}; trukket tilbage igen: ${withdrawnAgain}; nøgler spærret: ${revokedAgain}`
        : `Restricted again: ${restrictedAgain}; withdrawn again: ${withdrawnAgain}; keys revoked: ${revokedAgain}`,
      da ? `Browsere løsnet igen: ${unlinkedAgain}` : `Browsers untied again: ${unlinkedAgain}`,
      ...(held > 0 ? [da ? `Holdes tilbage af kopien: ${held}` : `Held back by the copy: ${held}`] : []),
    ],
  }
}

function numberOf(call: Call, name: string, most: number): number | undefined {
  const given = call.options[name]
  if (given === undefined) return undefined
  const number = /^[1-9]\d{0,8}$/.test(String(given)) ? Number(given) : Number.NaN
  if (number <= most) return number
  const text = { da: `et helt tal fra 1 til ${most}`, en: `a whole number from 1 to ${most}` }
  throw new Problem('usage', { faults: [{ field: `--${name}`, code: 'usage.number', text }] })
}
