/** Sentences of the access reply, Danish and English: what is always said, whoever asks (Art. 15(1)–(2)). */
import type { Text } from '../policy/types.ts'

export const CONFIRMATION: Text = {
  da: 'Ja, vi behandler oplysninger om dig. Her er dem alle, som de stod på det nævnte tidspunkt.',
  en: 'Yes, we process data about you. Here is all of it, as it stood at the time named.',
}

export const NOTHING_LEFT: Text = {
  da: 'Vi har ingen levende oplysninger om dig. Det, der har været, er slettet som vist.',
  en: 'We hold no live data about you. What there was has been erased as shown.',
}

export const SOURCES: { readonly [source: string]: Text } = {
  website: { da: 'Du gav os det på vores internetside', en: 'You gave it to us on our website' },
  client: { da: 'Vi fik det fra vores klient', en: 'We received it from our client' },
  person: { da: 'Du gav os det selv', en: 'You gave it to us yourself' },
  authority: { da: 'Vi fik det fra en myndighed', en: 'We received it from an authority' },
  internal: { da: 'Vi skrev det selv i sagen', en: 'We wrote it in the case ourselves' },
}

export const RIGHTS: readonly { readonly article: string; readonly text: Text }[] = [
  {
    article: 'GDPR 16',
    text: { da: 'Du kan få rettet det, der er forkert.', en: 'You may have what is wrong put right.' },
  },
  {
    article: 'GDPR 17',
    text: {
      da: 'Du kan bede om at få slettet; lov kan kræve, at noget bliver.',
      en: 'You may ask for erasure; law may require some to stay.',
    },
  },
  {
    article: 'GDPR 18',
    text: {
      da: 'Du kan få brugen begrænset, mens noget undersøges.',
      en: 'You may have its use restricted while something is examined.',
    },
  },
  {
    article: 'GDPR 21',
    text: {
      da: 'Du kan gøre indsigelse mod hver eneste registrering.',
      en: 'You may object to every single registration.',
    },
  },
  {
    article: 'GDPR 7(3)',
    text: { da: 'Du kan når som helst trække et samtykke tilbage.', en: 'You may withdraw a consent at any time.' },
  },
  {
    article: 'GDPR 15(3)',
    text: {
      da: 'Du kan bede om en kopi igen; den første er gratis.',
      en: 'You may ask for a copy again; the first is free.',
    },
  },
]

export const AUTOMATED: Text = {
  da: 'Ingen afgørelse om dig træffes af en maskine alene, og der laves ingen profil af dig.',
  en: 'No decision about you is taken by a machine alone, and no profile is made of you.',
}

export const TRANSFERS: Text = {
  da: 'Der er ikke registreret nogen overførsel til lande uden for EU og EØS. Alle modtagere er nævnt ved navn.',
  en: 'No transfer to countries outside the EU and EEA is registered. All recipients are named.',
}

export const NO_COOKIES: Text = {
  da: 'Ingen cookie og ingen browser er knyttet til dig hos os.',
  en: 'No cookie and no browser is linked to you with us.',
}

export const COOKIES: Text = {
  da: 'Disse browsere er eller var knyttet til dig. Vi ved kun, hvad der er sagt ja til i dem, ikke hvad der er set.',
  en: 'These browsers are or were linked to you. We know only what was accepted in them, not what was looked at.',
}

export const UNMATCHED: Text = {
  da: 'Rækken har dit personnummer, men det er ikke afgjort, at den handler om dig. Felter, der kan være en andens, vises ikke.',
  en: 'The row has your CPR number, but it is not settled that it is about you. Fields that may be somebody else’s are not shown.',
}
