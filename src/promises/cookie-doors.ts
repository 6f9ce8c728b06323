/** The doors of the cookie promises: the guard on a site's server, the site's pages, the policy and the database. */
import { coded, kept, type Doors } from './door.ts'

const GUARD = (da: string, en: string) => coded('guard', 'sdk/verdict.ts', { da, en })

export const COOKIE_DOORS: { readonly [clause: string]: Doors } = {
  S1: {
    doors: [
      GUARD(
        'En cookie uden for listen, eller uden dit ja, tages ud af svaret, før det forlader webstedets server.',
        'A cookie that is not on the list, or lacks your yes, is taken out of the answer before it leaves the site’s server.',
      ),
      coded('site', 'sdk/browser/gate.ts', {
        da: 'Scripts og indlejringer, der hører til en kategori, kører ikke, før du har sagt ja til den.',
        en: 'Scripts and embeds that belong to a category do not run before you have said yes to it.',
      }),
      coded('policy', 'src/cookies/choice-rules.ts', {
        da: 'Et ja tæller kun fra en side, der lige har vist teksten, og kun én gang.',
        en: 'A yes counts only from a page that has just shown the text, and only once.',
      }),
      kept('choice_refuses_all', 'Et nej kan ikke gemmes som et ja', 'A no cannot be stored as a yes'),
      kept('choice_disjoint', 'Ingen kategori er både ja og nej', 'No category is both yes and no'),
    ],
  },
  S2: {
    doors: [
      GUARD(
        'En cookie over listens størrelse tages ud af svaret.',
        'A cookie above the size of the list is taken out of the answer.',
      ),
    ],
  },
  S3: {
    doors: [
      coded('guard', 'sdk/personal.ts', {
        da: 'En værdi, der er eller gemmer en e-mail, et CPR-, kort- eller telefonnummer, tages ud, også når den er kodet.',
        en: 'A value that is or hides an e-mail, CPR, card or phone number is taken out, encoded or not.',
      }),
      coded('policy', 'src/cookies/links.ts', {
        da: 'En browser knyttes kun til en person af webstedets server, og kun når personen har fået det at vide.',
        en: 'A browser is linked to a person by the site’s server alone, and only when the person was told.',
      }),
      kept('link_notice_fkey', 'En kobling uden besked afvises', 'A link without a notice is refused'),
      kept(
        'cookies.unlink_forgotten',
        'Koblingen slettes sammen med personen',
        'The link is erased together with the person',
      ),
    ],
  },
  S4: {
    doors: [
      coded('guard', 'sdk/set-cookie.ts', {
        da: 'Hver cookie læses, som browsere gør, og er den ikke klart af én slags, tages den ud.',
        en: 'Each cookie is read as browsers do, and one that is not clearly of one kind is taken out.',
      }),
    ],
  },
  S5: {
    doors: [
      GUARD(
        'En cookie, der vil leve længere, end listen siger, tages ud af svaret.',
        'A cookie that would live longer than the list says is taken out of the answer.',
      ),
      coded('policy', 'src/policy/check-cookies.ts', {
        da: 'En liste med en længere levetid, end politikken lover, kan ikke tages i brug.',
        en: 'A list with a longer lifetime than the policy promises cannot be adopted.',
      }),
    ],
  },
  S6: {
    doors: [
      coded('guard', 'sdk/set-cookie.ts', {
        da: 'En cookie uden levetid regnes for en sessionscookie, uanset hvad den hedder.',
        en: 'A cookie without a lifetime counts as a session cookie, whatever its name.',
      }),
    ],
  },
  S7: {
    doors: [
      GUARD(
        'En sessionscookie tages ud af svaret, også når den er nødvendig.',
        'A session cookie is taken out of the answer, even a necessary one.',
      ),
      coded('policy', 'src/policy/check-cookies.ts', {
        da: 'En liste med sessionscookies kan ikke tages i brug.',
        en: 'A list with session cookies cannot be adopted.',
      }),
    ],
  },
  S8: {
    doors: [
      coded('guard', 'sdk/guard.ts', {
        da: 'Når du siger nej, fjerner serveren det, der ikke må være der mere, også det et script ikke kan se.',
        en: 'When you say no, the server removes what may no longer be there, also what a script cannot see.',
      }),
      coded('site', 'sdk/banner.ts', {
        da: 'Nej er en knap ved siden af ja, og knappen til at skifte valg er på hver side.',
        en: 'No is a button beside yes, and the control to change your choice is on every page.',
      }),
      kept(
        'cookies.one_way',
        'Et valg, der er erstattet, gælder aldrig igen',
        'A choice that was replaced never counts again',
      ),
      kept('cookies.erase_choices', 'Et erstattet valg slettes', 'A replaced choice is erased'),
    ],
  },
  S9: {
    doors: [
      coded('policy', 'src/policy/check-cookies.ts', {
        da: 'En politik uden vejledning til browsere kan ikke tages i brug.',
        en: 'A policy without browser guides cannot be adopted.',
      }),
      coded('site', 'sdk/choice-page.ts', {
        da: 'Siden med dit valg viser vejledningen til hver browser.',
        en: 'The page with your choice shows the guide of each browser.',
      }),
    ],
  },
}
