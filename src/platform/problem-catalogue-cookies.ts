/** Refusals about cookies: what a site, a visitor's browser or a scan did that cannot be taken. */
import { entry, type Entry } from './problem-entry.ts'

/** Codes of the cookie part. */
export const OF_COOKIES = {
  'cookies.site_unknown': entry(
    404,
    ['Webstedet er ikke et af dem, politikken nævner.', 'The site is not one of those the policy names.'],
    [
      'Tilføj webstedet under sites i politikken, og brug en nøgle, der er lavet til det.',
      'Add the site under sites in the policy, and use a key that was made for it.',
    ],
  ),
  'cookies.token_unfit': entry(
    409,
    [
      'Valget kommer ikke fra en side, der lige har vist teksten, eller er sendt før.',
      'The choice does not come from a page that has just shown the text, or was sent before.',
    ],
    ['Vis siden igen, og vælg på den.', 'Show the page again and choose on it.'],
  ),
  'cookies.notice_outdated': entry(
    409,
    ['Teksten er ændret, siden siden blev vist.', 'The text has changed since the page was shown.'],
    ['Hent indstillingerne igen, og vis den nye tekst.', 'Fetch the settings again and show the new text.'],
  ),
  'cookies.origin_unfit': entry(
    403,
    ['Valget blev sendt fra et fremmed websted.', 'The choice was sent from a foreign site.'],
    ['Vælg på webstedets egen side.', 'Choose on the site’s own page.'],
  ),
  'cookies.visitor_unfit': entry(
    409,
    [
      'Browseren har intet gældende ja, så der er intet at knytte.',
      'The browser has no yes in force, so there is nothing to link.',
    ],
    [
      'Knyt kun en browser, hvis cookievalg er sat af webstedet og siger ja til noget.',
      'Link only a browser whose choice cookie was set by the site and accepts something.',
    ],
  ),
  'cookies.scan_unsigned': entry(
    409,
    ['Rapporten er ikke underskrevet af dette system.', 'The report is not signed by this system.'],
    [
      'Scan siden med systemets egen kommando: indsigt scan',
      'Scan the page with the system’s own command: indsigt scan',
    ],
  ),
  'cookies.scan_unfit': entry(
    409,
    ['Scanningen kan ikke stå som bevis.', 'The scan cannot stand as evidence.'],
    ['Scan webstedet selv mod den liste, der gælder nu.', 'Scan the site itself against the list in force.'],
  ),
} as const satisfies Record<string, Entry>
