/** What each finding says and what mends it, in Danish and English. One sentence each; no values. */
import type { Register, Text } from '../sdk/wire.ts'
import { PAGE_TEXTS } from './finding-texts-pages.ts'
import type { Finding } from './report.ts'

/** Danish and English of what is wrong, then of what mends it. `{}` stands for the kind of thing. */
export type Sentences = readonly [da: string, en: string, remedyDa: string, remedyEn: string]

/** The sentences of a finding; for a code of the policy's own, unknown here, those of its rule. */
export function textsOf(
  code: string,
  kind: Finding['kind'],
  register: Register | null,
): { readonly text: Text; readonly remedy: Text } {
  const [da, en, remedyDa, remedyEn] = TEXTS[code] ?? ruleTexts(code, register)
  const named = KINDS[kind]
  const fill = (text: string, word: string) => capital(text.replaceAll('{}', word))
  return {
    text: { da: fill(da, named.da), en: fill(en, named.en) },
    remedy: { da: fill(remedyDa, named.da), en: fill(remedyEn, named.en) },
  }
}

/** What a kind of thing is called, with its article. */
export const KINDS: { readonly [kind in Finding['kind']]: Text } = {
  cookie: { da: 'cookien', en: 'the cookie' },
  localStorage: { da: 'nøglen i localStorage', en: 'the localStorage key' },
  sessionStorage: { da: 'nøglen i sessionStorage', en: 'the sessionStorage key' },
  indexedDB: { da: 'databasen i IndexedDB', en: 'the IndexedDB database' },
  cache: { da: 'lageret i Cache Storage', en: 'the cache in Cache Storage' },
  pixel: { da: 'sporingspixlen', en: 'the tracking pixel' },
  request: { da: 'forespørgslen', en: 'the request' },
  api: { da: 'kaldet', en: 'the call' },
  page: { da: 'siden', en: 'the page' },
  register: { da: 'listen', en: 'the list' },
}

const STORAGE: { readonly [code: string]: Sentences } = {
  'cookie.not_declared': [
    '{} står ikke på cookielisten.',
    '{} is not on the cookie list.',
    'Fjern det, der sætter {}, eller skriv {} på listen med formål, levetid og hvem der sætter den.',
    'Remove what sets {}, or put it on the list with purpose, lifetime and who sets it.',
  ],
  'cookie.site_not_listed': [
    '{} hører til et websted, politikken ikke nævner.',
    '{} belongs to a site the policy does not name.',
    'Tilføj webstedet til politikkens liste, eller hold op med at sætte noget dér.',
    'Add the site to the list in the policy, or stop setting things there.',
  ],
  'cookie.session_not_used': [
    '{} har ingen levetid og er dermed en sessionscookie, som politikken lover ikke at bruge.',
    '{} has no lifetime and is thus a session cookie, which the policy promises not to use.',
    'Giv {} en levetid (Max-Age), eller undvær {}.',
    'Give {} a lifetime (Max-Age), or do without it.',
  ],
  'cookie.without_lifetime': [
    '{} forsvinder, når browseren lukkes, selv om listen siger noget andet.',
    '{} disappears when the browser closes, whatever the list says.',
    'Sæt Max-Age til det, listen lover.',
    'Set Max-Age to what the list promises.',
  ],
  'cookie.lives_too_long': [
    '{} lever længere, end listen siger.',
    '{} lives longer than the list says.',
    'Sæt levetiden ned til det lovede, eller ret listen; aldrig over politikkens længste.',
    'Lower the lifetime to what was promised, or correct the list; never beyond the policy’s longest.',
  ],
  'cookie.too_large': [
    '{} er større, end politikken tillader.',
    '{} is larger than the policy allows.',
    'Gem et tilfældigt nummer i browseren og resten på serveren.',
    'Keep a random number in the browser and the rest on the server.',
  ],
  'cookie.holds_personal_data': [
    '{} indeholder personoplysninger, åbent eller kodet.',
    '{} holds personal data, in the open or encoded.',
    'Læg et tilfældigt nummer i stedet; en e-mail, der er hashet eller kodet, er stadig en personoplysning.',
    'Put a random number there instead; a hashed or encoded e-mail address is personal data still.',
  ],
  'cookie.kind_unclear': [
    'Det kan ikke afgøres, om {} er en permanent cookie eller en sessionscookie.',
    'It cannot be told whether {} is a permanent or a session cookie.',
    'Skriv én gyldig Max-Age og ingen Expires, der siger noget andet.',
    'Write one valid Max-Age and no Expires that says otherwise.',
  ],
  'cookie.unprotected': [
    '{} mangler den beskyttelse, listen lover (Secure, HttpOnly eller SameSite).',
    '{} lacks the protection the list promises (Secure, HttpOnly or SameSite).',
    'Sæt attributterne, som de står på listen.',
    'Set the attributes as they stand on the list.',
  ],
  'cookie.value_not_listed': [
    '{} indeholder en anden værdi end dem, listen nævner.',
    '{} holds another value than those the list names.',
    'Brug kun de værdier, der står på listen, eller ret listen.',
    'Use only the values on the list, or correct the list.',
  ],
  'cookie.refused_by_visitor': [
    '{} blev sat, selv om den besøgende havde sagt nej.',
    '{} was set although the visitor had said no.',
    'Sæt {} først efter et ja til kategorien.',
    'Set {} only after a yes to its category.',
  ],
  'cookie.no_guide_offered': [
    '{} blev sat fra en side, der ikke viser vej til vejledningerne.',
    '{} was set from a page that does not point to the guides.',
    'Vis vej til browservejledninger og til cookievalget på hver side.',
    'Point to the browser guides and to the choice of cookies on every page.',
  ],
  'scan.before_consent': [
    '{} blev lagt i browseren, før den besøgende havde sagt ja.',
    '{} was put in the browser before the visitor had said yes.',
    'Lad det, der sætter {}, vente på et ja til dets kategori.',
    'Let what sets {} wait for a yes to its category.',
  ],
  'scan.after_refusal': [
    '{} blev lagt i browseren, efter at den besøgende sagde nej.',
    '{} was put in the browser after the visitor said no.',
    'Respektér et nej på alle sider, også for det, der indlæses senere.',
    'Honour a no on every page, also for what loads later.',
  ],
  'scan.after_withdrawal': [
    '{} blev sat igen, efter at den besøgende tog sit ja tilbage.',
    '{} was set again after the visitor took the yes back.',
    'Stop det, der sætter {}, i samme øjeblik samtykket trækkes tilbage.',
    'Stop what sets {} the moment consent is withdrawn.',
  ],
  'scan.not_removed': [
    '{} lå der stadig, efter at den besøgende tog sit ja tilbage.',
    '{} was still there after the visitor took the yes back.',
    'Slet {} ved tilbagetrækning, også HttpOnly og på overdomænet.',
    'Delete {} on withdrawal, also when HttpOnly and on the parent domain.',
  ],
  'scan.respawned': [
    '{} kom tilbage med samme værdi, efter at den besøgende slettede den.',
    '{} came back with the same value after the visitor deleted it.',
    'Gem ikke nummeret andre steder (localStorage, cache, ETag, server) for at sætte det igen.',
    'Do not keep the number elsewhere (localStorage, cache, ETag, server) in order to set it again.',
  ],
  'scan.refused_by_browser': [
    'Siden forsøgte at sætte {}, men browseren afviste den.',
    'The page tried to set {}, but the browser refused it.',
    'Fjern forsøget; en anden browser kan tillade det.',
    'Remove the attempt; another browser may let it through.',
  ],
  'scan.short_lived': [
    '{} blev sat og fjernet igen, mens siden var åben.',
    '{} was set and removed again while the page was open.',
    'Skriv {} på listen, eller undvær den; også det kortvarige kræver et ja.',
    'Put {} on the list or do without it; what is short-lived needs a yes too.',
  ],
  'scan.third_party': [
    'En fremmed lagde {} i browseren fra jeres side.',
    'A third party put {} in the browser from your page.',
    'Fjern det, der hentes fra den fremmede, eller lad det vente på et ja og nævn den fremmede på listen.',
    'Remove what is loaded from the third party, or let it wait for a yes and name the third party on the list.',
  ],
  'scan.rolling': [
    '{} får ny levetid ved hvert besøg og udløber derfor aldrig for den, der kommer igen.',
    '{} gets a new lifetime at every visit, and so never expires for who returns.',
    'Sæt {} én gang, og lad den udløbe.',
    'Set {} once and let it expire.',
  ],
  'scan.lifetime_capped': [
    'Browseren forkortede levetiden på {}.',
    'The browser shortened the lifetime of {}.',
    'Sæt ikke længere levetid end 400 dage; det er det længste, browsere gemmer.',
    'Set no lifetime above 400 days; that is the longest browsers keep.',
  ],
  'scan.not_seen': [
    'Det, der står på listen under dette navn, blev ikke set.',
    'What stands on the list under this name was not seen.',
    'Fjern den fra listen, hvis den ikke bruges, eller scan de sider, hvor den sættes.',
    'Remove it from the list when unused, or scan the pages where it is set.',
  ],
}

const TEXTS: { readonly [code: string]: Sentences } = { ...STORAGE, ...PAGE_TEXTS }

function ruleTexts(code: string, register: Register | null): Sentences {
  const rule = register?.rules.find(it => it.code === code)
  const text = rule?.text ?? { da: `{} bryder reglen ${code}.`, en: `{} breaks the rule ${code}.` }
  return [text.da, text.en, 'Ret det, reglen nævner.', 'Correct what the rule names.']
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
