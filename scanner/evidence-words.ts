/** Evidence, durations, persons and phases in words for a reader, Danish and English. Pure. */
import type { Language, Text } from '../sdk/wire.ts'
import type { Persona, Phase, Severity } from './report.ts'

/** A line of evidence as a label and what it says; seconds become days where that reads better. */
export function evidenceWords(evidence: string, language: Language): { readonly label: string; readonly text: string } {
  const at = evidence.indexOf('=')
  const [key, text] = [evidence.slice(0, at), evidence.slice(at + 1)]
  const label = LABELS[key]?.[language] ?? key
  const seconds = /^(\d+) s$/.exec(text)?.[1]
  if (seconds !== undefined) return { label, text: duration(Number(seconds), language) }
  return { label, text: WORDS[`${key}=${text}`]?.[language] ?? (text === 'session' ? SESSION[language] : text) }
}

/** 2678400 as '31 dage'; null as a session; undefined as a dash. */
export function duration(seconds: number | null | undefined, language: Language): string {
  if (seconds === undefined) return '–'
  if (seconds === null) return SESSION[language]
  const [count, unit] =
    seconds >= 2 * 86_400
      ? [seconds / 86_400, UNITS.days]
      : seconds >= 7200
        ? [seconds / 3600, UNITS.hours]
        : seconds >= 120
          ? [seconds / 60, UNITS.minutes]
          : [seconds, UNITS.seconds]
  const figure = new Intl.NumberFormat(language === 'da' ? 'da-DK' : 'en-GB', { maximumFractionDigits: 1 })
  return `${figure.format(count)}\u00a0${unit[language]}`
}

const UNITS = {
  days: { da: 'dage', en: 'days' },
  hours: { da: 'timer', en: 'hours' },
  minutes: { da: 'minutter', en: 'minutes' },
  seconds: { da: 'sekunder', en: 'seconds' },
}

const SESSION: Text = { da: 'til browseren lukkes', en: 'until the browser closes' }

const LABELS: { readonly [key: string]: Text } = {
  reason: { da: 'Browserens grund', en: 'The browser’s reason' },
  kept: { da: 'Browseren gemmer i', en: 'The browser keeps it' },
  asked: { da: 'Bedt om', en: 'Asked for' },
  promised: { da: 'Lovet', en: 'Promised' },
  length: { da: 'Tegn i værdien', en: 'Characters in the value' },
  attributes: { da: 'Attributter', en: 'Attributes' },
  via: { da: 'Sat gennem', en: 'Set through' },
  initiator: { da: 'Sat i gang af', en: 'Started by' },
  stack: { da: 'Kaldt fra', en: 'Called from' },
  at: { da: 'Millisekunder inde i siden', en: 'Milliseconds into the page' },
  script: { da: 'Script', en: 'Script' },
  type: { da: 'Slags', en: 'Kind' },
  status: { da: 'Svar', en: 'Answer' },
  banner: { da: 'Banner', en: 'Banner' },
  bytes: { da: 'Byte', en: 'Bytes' },
  kind: { da: 'Slags', en: 'Kind' },
  mark: { da: 'Bærer', en: 'Carries' },
  personal: { da: 'Personoplysning', en: 'Personal data' },
}

const WORDS: { readonly [evidence: string]: Text } = {
  'mark=yes': { da: 'en værdi, browseren gemmer', en: 'a value the browser keeps' },
  'via=http': { da: 'svar fra serveren', en: 'an answer of the server' },
  'via=script': { da: 'script', en: 'script' },
  'via=worker': { da: 'en worker', en: 'a worker' },
  'personal=email': { da: 'e-mailadresse', en: 'e-mail address' },
  'personal=cpr': { da: 'personnummer', en: 'civil registration number' },
  'personal=phone': { da: 'telefonnummer', en: 'telephone number' },
  'personal=card': { da: 'betalingskort', en: 'payment card' },
}

export const PERSONA_WORDS: { readonly [persona in Persona]: Text } = {
  fresh: { da: 'Har intet valgt', en: 'Has chosen nothing' },
  reject: { da: 'Siger nej', en: 'Says no' },
  accept: { da: 'Siger ja', en: 'Says yes' },
  withdraw: { da: 'Siger ja og fortryder', en: 'Says yes and takes it back' },
  return: { da: 'Kommer igen', en: 'Comes back' },
  english: { da: 'Læser engelsk', en: 'Reads English' },
  phone: { da: 'På telefon', en: 'On a phone' },
  gpc: { da: 'Siger nej i browseren (GPC)', en: 'Says no in the browser (GPC)' },
  thirdPartyBlocked: { da: 'Spærrer for tredjeparter', en: 'Blocks third parties' },
}

export const PHASE_WORDS: { readonly [phase in Phase]: Text } = {
  before: { da: 'før et valg', en: 'before a choice' },
  rejected: { da: 'efter et nej', en: 'after a no' },
  accepted: { da: 'efter et ja', en: 'after a yes' },
  withdrawn: { da: 'efter at have fortrudt', en: 'after taking it back' },
  returned: { da: 'ved næste besøg', en: 'at the next visit' },
  gpc: { da: 'med GPC', en: 'with GPC' },
}

export const SEVERITY_WORDS: { readonly [severity in Severity]: Text } = {
  breach: { da: 'Brud', en: 'Breach' },
  doubt: { da: 'Tvivl', en: 'Doubt' },
  note: { da: 'Bemærk', en: 'Note' },
}

export const OUTCOME_WORDS: { readonly [outcome: string]: Text } = {
  timedOut: { da: 'blev ikke færdig', en: 'did not finish' },
  redirectLoop: { da: 'sender videre uden ende', en: 'redirects without end' },
  certificate: { da: 'ugyldigt certifikat', en: 'invalid certificate' },
  loginNeeded: { da: 'kræver log-in', en: 'wants a log-in' },
  tooLarge: { da: 'for stor', en: 'too large' },
  crashed: { da: 'fanen gik ned', en: 'the tab crashed' },
  unreachable: { da: 'svarer ikke', en: 'does not answer' },
  refusedAddress: { da: 'adressen må ikke besøges', en: 'the address may not be visited' },
}
