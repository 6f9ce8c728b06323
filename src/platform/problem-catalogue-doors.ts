/** Refusals of the doors: requests, who is asking, files, the database, and faults of our own. */
import { entry, type Entry } from './problem-entry.ts'

/** Codes that any door may answer with, whatever it is about. */
export const OF_DOORS = {
  'request.invalid': entry(
    400,
    ['Felterne passer ikke.', 'The fields do not fit.'],
    ['Ret de nævnte felter, og send igen.', 'Correct the fields named and send again.'],
  ),
  'request.not_json': entry(
    400,
    ['Indholdet er ikke gyldig JSON.', 'The body is not valid JSON.'],
    ['Send JSON i UTF-8.', 'Send JSON in UTF-8.'],
  ),
  'request.too_large': entry(
    413,
    ['Det sendte er for stort.', 'What was sent is too large.'],
    ['Del det op, eller brug kommandolinjen.', 'Split it, or use the command line.'],
  ),
  'request.too_many': entry(
    429,
    ['For mange forespørgsler.', 'Too many requests.'],
    ['Vent det antal sekunder, svaret angiver.', 'Wait the number of seconds the answer names.'],
  ),
  'request.wrong_type': entry(
    415,
    ['Indholdstypen kendes ikke her.', 'That content type is not taken here.'],
    ['Brug den type, API-beskrivelsen nævner.', 'Use the type the API description names.'],
  ),
  'request.key_reused': entry(
    409,
    ['Nøglen for gentagelse er brugt til noget andet.', 'The idempotency key was used for something else.'],
    ['Brug en ny nøgle.', 'Use a new key.'],
  ),
  'request.method': entry(
    405,
    ['Det kan man ikke gøre her.', 'That cannot be done here.'],
    ['Brug en af de metoder, svaret nævner i Allow.', 'Use one of the methods the answer names in Allow.'],
  ),
  'request.slow': entry(
    503,
    ['Det tog for lang tid at svare.', 'It took too long to answer.'],
    [
      'Se efter, om det blev gjort, og prøv igen med samme Idempotency-Key.',
      'Look whether it was done, and try again with the same Idempotency-Key.',
    ],
  ),
  'request.answer_lost': entry(
    409,
    [
      'Det er gjort én gang med den nøgle, men svaret gik tabt.',
      'It was done once with this key, but the answer was lost.',
    ],
    ['Slå op, hvad der blev lavet; det bliver ikke gjort igen.', 'Look up what was made; it will not be done again.'],
  ),
  not_found: entry(404, ['Det findes ikke.', 'There is no such thing.'], ['Kontrollér nummeret.', 'Check the number.']),
  'identity.missing': entry(
    401,
    ['Der mangler en gyldig nøgle.', 'A valid key is missing.'],
    ['Send en API-nøgle: Authorization: Bearer …', 'Send an API key: Authorization: Bearer …'],
  ),
  'identity.not_allowed': entry(
    403,
    ['Rollen må ikke det.', 'This role may not do that.'],
    ['Brug en nøgle med en rolle, der må.', 'Use a key whose role may.'],
  ),
  'folder.unsafe': entry(
    409,
    ['Mappen er ikke en, som kun vi kan skrive i.', 'The folder is not one that only we can write to.'],
    [
      'Fjern det, der ligger i vejen i dispatch-mappen; intet er tabt.',
      'Remove what is in the way in the dispatch folder; nothing is lost.',
    ],
  ),
  'folder.full': entry(
    507,
    ['Disken er fuld.', 'The disk is full.'],
    ['Skaf plads på disken; intet er tabt.', 'Make room on the disk; nothing is lost.'],
  ),
  'ledger.behind': entry(
    409,
    ['Protokollen er kortere end det, der er underskrevet.', 'The ledger is shorter than what was signed.'],
    ['Kør: indsigt verify', 'Run: indsigt verify'],
  ),
  'database.away': entry(
    503,
    ['Databasen svarer ikke.', 'The database does not answer.'],
    ['Prøv igen om lidt; intet er tabt.', 'Try again shortly; nothing is lost.'],
  ),
  'database.busy': entry(
    503,
    ['Alle forbindelser til databasen er optaget.', 'All connections to the database are taken.'],
    ['Prøv igen om lidt; intet er tabt.', 'Try again shortly; nothing is lost.'],
  ),
  'database.full': entry(
    507,
    ['Databasen har ikke plads.', 'The database has no room.'],
    ['Skaf plads på disken; intet er tabt.', 'Make room on the disk; nothing is lost.'],
  ),
  'database.conflict': entry(
    409,
    ['Noget andet blev ændret samtidig.', 'Something else changed at the same time.'],
    ['Hent igen, og prøv igen.', 'Fetch again and try again.'],
  ),
  'database.refused': entry(
    409,
    [
      'Databasen afviste det, fordi et løfte ellers blev brudt.',
      'The database refused it because a promise would be broken.',
    ],
    ['Se det løfte, der er nævnt.', 'See the promise named.'],
  ),
  'database.role': entry(
    500,
    ['Databaserollen har flere rettigheder, end den må.', 'The database role has more rights than it may.'],
    ['Kør: indsigt migrate', 'Run: indsigt migrate'],
  ),
  'database.old': entry(
    409,
    ['Databasen er ikke bragt op til denne version.', 'The database has not been brought up to this version.'],
    ['Kør: indsigt migrate', 'Run: indsigt migrate'],
  ),
  'scan.no_browser': entry(
    409,
    ['Der er ingen browser at scanne med.', 'There is no browser to scan with.'],
    [
      'Installér Chromium eller Google Chrome, eller kør: npm install @sparticuz/chromium. Ligger den et andet sted, så sæt INDSIGT_CHROMIUM.',
      'Install Chromium or Google Chrome, or run: npm install @sparticuz/chromium. If it lies elsewhere, set INDSIGT_CHROMIUM.',
    ],
  ),
  'scan.file_invalid': entry(
    422,
    ['Filen passer ikke.', 'The file does not fit.'],
    ['Ret de nævnte felter.', 'Correct the fields named.'],
  ),
  'scan.site_not_listed': entry(
    422,
    ['Listen nævner ikke det websted.', 'The list does not name that site.'],
    [
      'Sig med --site, hvilket websted der menes, eller giv en liste med --register.',
      'Say with --site which site is meant, or give a list with --register.',
    ],
  ),
  'scan.browser_failed': entry(
    500,
    ['Browseren kunne ikke startes.', 'The browser could not be started.'],
    [
      'Prøv browseren for sig: chromium --headless --dump-dom about:blank',
      'Try the browser by itself: chromium --headless --dump-dom about:blank',
    ],
  ),
  usage: entry(
    400,
    ['Kommandoen kan ikke bruges sådan.', 'The command cannot be used like that.'],
    ['Se: indsigt --help', 'See: indsigt --help'],
  ),
  fault: entry(
    500,
    ['Noget gik galt hos os.', 'Something went wrong on our side.'],
    ['Prøv igen. Sker det igen, så oplys nummeret.', 'Try again. If it happens again, give the number.'],
  ),
} as const satisfies Record<string, Entry>
