/** The few sentences a person reads when a request to our own paths is turned away. */
import type { Language, Text } from './wire.ts'

/** The sentence in the language. */
export function sentence(code: keyof typeof SENTENCES, language: Language): string {
  return SENTENCES[code][language]
}

const SENTENCES = {
  foreign: {
    da: 'Formularen kom fra et andet websted og er ikke brugt. Intet er ændret.',
    en: 'The form came from another website and was not used. Nothing was changed.',
  },
  tooLarge: {
    da: 'Formularen er for stor og er ikke læst. Intet er ændret.',
    en: 'The form is too large and was not read. Nothing was changed.',
  },
  notForm: {
    da: 'Her modtages kun formularer. Intet er ændret.',
    en: 'Only forms are received here. Nothing was changed.',
  },
  unknownMethod: {
    da: 'Formularen siger ikke, hvad der er valgt. Intet er ændret.',
    en: 'The form does not say what was chosen. Nothing was changed.',
  },
  wrongVerb: {
    da: 'Adressen kan ikke bruges på den måde.',
    en: 'The address cannot be used in that way.',
  },
  notFound: {
    da: 'Der er ingen side på adressen.',
    en: 'There is no page at this address.',
  },
  failed: {
    da: 'Noget gik galt hos os. Intet er ændret.',
    en: 'Something went wrong on our side. Nothing was changed.',
  },
  badGateway: {
    da: 'Webstedet svarer ikke lige nu. Prøv igen om lidt.',
    en: 'The website does not answer right now. Please try again shortly.',
  },
} as const satisfies Record<string, Text>
