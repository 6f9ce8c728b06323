/** What findings about pages, requests, calls and banners say, and what mends them; Danish and English. */
import type { Sentences } from './finding-texts.ts'

const TRAFFIC: { readonly [code: string]: Sentences } = {
  'scan.identifier_in_url': [
    'Noget, der kan kende den besøgende igen, blev sendt i en adresse eller en forespørgsel.',
    'Something that can tell the visitor again was sent in an address or a request.',
    'Send ikke browserens nummer eller personoplysninger videre; brug POST til jer selv, når det er nødvendigt.',
    'Do not pass on the browser’s number or personal data; use POST to yourselves where it is needed.',
  ],
  'scan.beacon_before_consent': [
    'Siden meldte besøget til nogen, før den besøgende havde sagt ja.',
    'The page reported the visit before the visitor had said yes.',
    'Lad pixler og sendBeacon vente på et ja.',
    'Let pixels and sendBeacon wait for a yes.',
  ],
  'scan.request_before_consent': [
    'Siden hentede noget hos en fremmed, før den besøgende havde sagt ja; den fremmede får IP-adressen.',
    'The page fetched something from a third party before the visitor had said yes; it gets the IP address.',
    'Hent det fra jeres eget websted, eller lad det vente på et ja.',
    'Serve it from your own site, or let it wait for a yes.',
  ],
  'scan.fingerprinting': [
    'Et script kaldte noget, der bruges til at kende browsere fra hinanden.',
    'A script called what is used to tell browsers apart.',
    'Fjern scriptet, eller lad det vente på et ja; uden cookie kræver det også samtykke.',
    'Remove the script, or let it wait for a yes; without a cookie it needs consent too.',
  ],
  'scan.keyboard_read': [
    'Et script læste med på det, den besøgende skrev.',
    'A script read what the visitor typed.',
    'Læs felterne, når de sendes, og kun dem, der er sagt til.',
    'Read the fields when they are sent, and only those that were told of.',
  ],
}

const BANNER: { readonly [code: string]: Sentences } = {
  'scan.no_guide': [
    'Siden lægger noget i browseren, men viser ikke vej til browservejledningerne.',
    'The page puts something in the browser but does not point to the browser guides.',
    'Vis et link til vejledningerne eller til cookiesiden på hver side.',
    'Show a link to the guides or to the cookie page on every page.',
  ],
  'scan.dead_guide': [
    'Et link til en browservejledning virker ikke.',
    'A link to a browser guide does not work.',
    'Ret adressen, hvor den står: på siden eller i politikken.',
    'Correct the address where it stands: on the page or in the policy.',
  ],
  'scan.guide_unchecked': [
    'En browservejledning på listen kunne ikke nås herfra; om den findes, vides ikke.',
    'A browser guide on the list could not be reached from here; whether it exists is not known.',
    'Åbn adressen selv, eller scan fra et sted med adgang til internettet.',
    'Open the address yourself, or scan from where the internet can be reached.',
  ],
  'scan.no_reject': [
    'Man kan ikke sige nej lige så let som ja på det første lag.',
    'No cannot be said as easily as yes on the first layer.',
    'Sæt et nej ved siden af hvert ja.',
    'Put a no beside every yes.',
  ],
  'scan.unfair_banner': [
    'Ja og nej ser ikke ens ud: størrelse eller farve skubber mod ja.',
    'Yes and no do not look alike: size or colour pushes towards yes.',
    'Giv de to knapper samme størrelse, farve og skrift.',
    'Give the two buttons the same size, colour and type.',
  ],
  'scan.no_choice_control': [
    'Siden har ingen vej til at ændre valget igen.',
    'The page has no way to change the choice again.',
    'Vis altid et synligt »Skift cookievalg«.',
    'Always show a visible “Change choice of cookies”.',
  ],
  'scan.needs_cookies': [
    'Den, der siger nej til cookies, får ikke den side at se, som andre får.',
    'Who says no to cookies is not shown the page that others are shown.',
    'Lad siden virke uden; et nej må forringe, aldrig spærre.',
    'Let the page work without; a no may degrade it, never block it.',
  ],
}

const COVERAGE: { readonly [code: string]: Sentences } = {
  'scan.page_timeout': [
    'Siden blev ikke færdig inden for tiden.',
    'The page did not finish in time.',
    'Prøv med længere tid, eller se, hvad siden venter på.',
    'Try with a longer time, or see what the page waits for.',
  ],
  'scan.page_unreachable': [
    'Siden svarede ikke.',
    'The page did not answer.',
    'Kontrollér adressen, og at serveren kører.',
    'Check the address, and that the server runs.',
  ],
  'scan.page_certificate': [
    'Sidens certifikat er ikke gyldigt.',
    'The page’s certificate is not valid.',
    'Forny certifikatet.',
    'Renew the certificate.',
  ],
  'scan.page_redirects': [
    'Siden sender videre uden ende.',
    'The page redirects without end.',
    'Se, om siden kræver en cookie for at svare.',
    'See whether the page demands a cookie before it answers.',
  ],
  'scan.page_too_large': [
    'Siden er større end det, der hentes.',
    'The page is larger than what is fetched.',
    'Se efter, hvad der fylder; resten af siden er ikke undersøgt.',
    'See what takes the room; the rest of the page was not examined.',
  ],
  'scan.page_crashed': [
    'Siden fik fanen til at gå ned.',
    'The page crashed the tab.',
    'Se efter uendelige løkker og voldsomt forbrug af hukommelse.',
    'Look for endless loops and heavy use of memory.',
  ],
  'scan.page_login': [
    'Siden kræver log-in og er ikke undersøgt.',
    'The page wants a log-in and was not examined.',
    'Giv et script med: --script FIL.',
    'Give a script: --script FILE.',
  ],
  'scan.page_refused_address': [
    'Siden ligger på en adresse, der ikke må besøges.',
    'The page lies at an address that may not be visited.',
    'Tillad den, hvis den er jeres: --allow VÆRT.',
    'Allow it when it is yours: --allow HOST.',
  ],
}

/** All of them, by code. */
export const PAGE_TEXTS: { readonly [code: string]: Sentences } = { ...TRAFFIC, ...BANNER, ...COVERAGE }
