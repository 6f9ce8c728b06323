/** Words for the engine's own refusals and for the facts a rule may need. */
import type { Fact, Text } from './types.ts'

/** Sentences for refusals that come from the policy's lists rather than from one of its rules. */
export const BUILT_IN_SENTENCES: { readonly [code: string]: Text } = {
  'policy.no_permit': { da: 'Ingen regel tillader det.', en: 'No rule permits it.' },
  'policy.source_not_accepted': {
    da: 'Vi tager ikke imod disse oplysninger fra den kilde.',
    en: 'We do not accept this data from that source.',
  },
  'policy.category_not_needed': {
    da: 'Formålet har ikke brug for disse oplysninger.',
    en: 'The purpose does not need this data.',
  },
  'policy.field_not_listed': { da: 'Feltet står ikke på listen.', en: 'The field is not on the list.' },
  'policy.field_not_needed': { da: 'Formålet har ikke brug for feltet.', en: 'The purpose does not need the field.' },
}

/** Each fact as a short statement. */
export const FACT_TEXTS: { readonly [fact in Fact]: Text } = {
  roleAllowed: { da: 'rollen må det', en: 'the role may do it' },
  workOpen: { da: 'en åben opgave om personen', en: 'an open piece of work about the person' },
  noticeGiven: { da: 'personen har fået besked', en: 'the person was told' },
  consentLive: { da: 'et gældende samtykke', en: 'a standing consent' },
  required: { da: 'alle felter er nødvendige for formålet', en: 'every field is needed for the purpose' },
  volunteered: { da: 'personen gav det uopfordret', en: 'the person offered it unasked' },
  debtOutstanding: { da: 'et udestående beløb', en: 'an outstanding amount' },
  cprGround: { da: 'et grundlag for personnummeret', en: 'a ground for the CPR number' },
  restricted: { da: 'posten er begrænset', en: 'the record is restricted' },
  objected: { da: 'personen har sagt fra', en: 'the person objected' },
  ownCase: { da: 'modtagerens egen sag', en: "the recipient's own case" },
  demandRecorded: { da: 'et registreret forlangende', en: 'a recorded demand' },
  demandCovers: { da: 'forlangendet dækker felterne i dag', en: 'the demand covers the fields today' },
  noticeQueued: { da: 'beskeden er lagt i kø', en: 'the notice is queued' },
  selfAsking: { da: 'det er personen selv', en: 'it is the person' },
  legalClaim: { da: 'nødvendigt for et retskrav', en: 'needed for a legal claim' },
  floorPassed: { da: 'lovens korteste tid er gået', en: 'the shortest time of the law has passed' },
  reasonEnded: { da: 'ingen grund er tilbage', en: 'no reason is left' },
  maximumReached: { da: 'den længste tid er gået', en: 'the longest time has run out' },
  erasureUpheld: { da: 'en afgjort anmodning om sletning', en: 'a decided request for erasure' },
  onHold: { da: 'posten er på hold', en: 'the record is on hold' },
  siteListed: { da: 'webstedet står på listen', en: 'the site is listed' },
  caseKnown: { da: 'sagen kendes', en: 'the case is known' },
  cookieDeclared: { da: 'cookien står på listen', en: 'the cookie is listed' },
  cookieNecessary: { da: 'cookien er strengt nødvendig', en: 'the cookie is strictly necessary' },
  cookieClassified: { da: 'cookiens slags er klar', en: 'the kind of the cookie is clear' },
  cookiePersistent: { da: 'cookien har en levetid', en: 'the cookie has a lifetime' },
  cookieWithinLifetime: { da: 'levetiden er som oplyst', en: 'the lifetime is as stated' },
  cookieSmall: { da: 'cookien er lille nok', en: 'the cookie is small enough' },
  cookieProtected: { da: 'cookien er beskyttet som oplyst', en: 'the cookie is protected as stated' },
  cookieClean: { da: 'cookien siger intet om personen', en: 'the cookie says nothing about the person' },
  visitorConsent: { da: 'den besøgende har sagt ja', en: 'the visitor said yes' },
  visitorRefused: { da: 'den besøgende har sagt nej', en: 'the visitor said no' },
  guideOffered: { da: 'siden viser vej til vejledningerne', en: 'the page points to the guides' },
}
