/** The one catalogue of refusals and the one class that carries them to a page, the API or a terminal. */
export type Bilingual = { readonly da: string; readonly en: string }

type Entry = { readonly status: number; readonly title: Bilingual; readonly remedy: Bilingual }

const entry = (status: number, da: string, en: string, remedyDa: string, remedyEn: string): Entry => ({
  status,
  title: { da, en },
  remedy: { da: remedyDa, en: remedyEn },
})

/** Stable code -> HTTP status, sentence and remedy. `docs/problems.md` is made from it. */
export const CATALOGUE = {
  'request.invalid': entry(
    400,
    'Felterne passer ikke.',
    'The fields do not fit.',
    'Ret de nævnte felter, og send igen.',
    'Correct the fields named and send again.',
  ),
  'request.not_json': entry(
    400,
    'Indholdet er ikke gyldig JSON.',
    'The body is not valid JSON.',
    'Send JSON i UTF-8.',
    'Send JSON in UTF-8.',
  ),
  'request.too_large': entry(
    413,
    'Det sendte er for stort.',
    'What was sent is too large.',
    'Del det op, eller brug kommandolinjen.',
    'Split it, or use the command line.',
  ),
  'request.too_many': entry(
    429,
    'For mange forespørgsler.',
    'Too many requests.',
    'Vent det antal sekunder, svaret angiver.',
    'Wait the number of seconds the answer names.',
  ),
  'request.wrong_type': entry(
    415,
    'Indholdstypen kendes ikke her.',
    'That content type is not taken here.',
    'Brug den type, API-beskrivelsen nævner.',
    'Use the type the API description names.',
  ),
  'request.key_reused': entry(
    409,
    'Nøglen for gentagelse er brugt til noget andet.',
    'The idempotency key was used for something else.',
    'Brug en ny nøgle.',
    'Use a new key.',
  ),
  'request.method': entry(
    405,
    'Det kan man ikke gøre her.',
    'That cannot be done here.',
    'Brug en af de metoder, svaret nævner i Allow.',
    'Use one of the methods the answer names in Allow.',
  ),
  'request.slow': entry(
    503,
    'Det tog for lang tid at svare.',
    'It took too long to answer.',
    'Se efter, om det blev gjort, og prøv igen med samme Idempotency-Key.',
    'Look whether it was done, and try again with the same Idempotency-Key.',
  ),
  'request.answer_lost': entry(
    409,
    'Det er gjort én gang med den nøgle, men svaret gik tabt.',
    'It was done once with this key, but the answer was lost.',
    'Slå op, hvad der blev lavet; det bliver ikke gjort igen.',
    'Look up what was made; it will not be done again.',
  ),
  not_found: entry(404, 'Det findes ikke.', 'There is no such thing.', 'Kontrollér nummeret.', 'Check the number.'),
  'identity.missing': entry(
    401,
    'Der mangler en gyldig nøgle.',
    'A valid key is missing.',
    'Send en API-nøgle: Authorization: Bearer …',
    'Send an API key: Authorization: Bearer …',
  ),
  'identity.not_allowed': entry(
    403,
    'Rollen må ikke det.',
    'This role may not do that.',
    'Brug en nøgle med en rolle, der må.',
    'Use a key whose role may.',
  ),
  'policy.refused': entry(
    403,
    'Politikken tillader det ikke.',
    'The policy does not allow it.',
    'Se grunden og det løfte, der er nævnt.',
    'See the reason and the promise named.',
  ),
  'policy.not_adopted': entry(
    409,
    'Der er ikke taget en politik i brug.',
    'No policy has been adopted.',
    'Kør: indsigt policy adopt FIL',
    'Run: indsigt policy adopt FILE',
  ),
  'policy.file_changed': entry(
    409,
    'Politikfilen er ændret, siden den blev taget i brug.',
    'The policy file has changed since it was adopted.',
    'Gendan filen, eller kør: indsigt policy adopt FIL',
    'Restore the file, or run: indsigt policy adopt FILE',
  ),
  'policy.invalid': entry(
    422,
    'Politikfilen har fejl.',
    'The policy file has faults.',
    'Kør: indsigt policy check FIL',
    'Run: indsigt policy check FILE',
  ),
  'policy.case_failed': entry(
    422,
    'Politikkens prøver fejler.',
    'The policy fails its cases.',
    'Kør: indsigt policy test FIL',
    'Run: indsigt policy test FILE',
  ),
  'policy.category_unknown': entry(
    422,
    'Kategorien findes ikke i politikken.',
    'The policy has no such category.',
    'Brug en kategori fra politikken.',
    'Use a category of the policy.',
  ),
  'subjects.none': entry(
    404,
    'Ingen person passer.',
    'No person matches.',
    'Kontrollér det, du søger med.',
    'Check what you search by.',
  ),
  'subjects.several': entry(
    409,
    'Flere personer passer.',
    'Several persons match.',
    'Brug CPR-nummer, eller sagens nummer.',
    'Use the CPR number, or the case.',
  ),
  'subjects.integrity': entry(
    500,
    'En oplysning er ændret uden om systemet og kan ikke læses.',
    'A record was changed from outside and cannot be read.',
    'Ring til databeskyttelsesrådgiveren; kør: indsigt verify',
    'Call the data protection officer; run: indsigt verify',
  ),
  'subjects.erased': entry(
    410,
    'Oplysningen er slettet.',
    'The record has been erased.',
    'Den kan ikke læses igen.',
    'It cannot be read again.',
  ),
  'retention.floor': entry(
    409,
    'Bogføringsloven kræver, at bilaget bliver.',
    'The Bookkeeping Act requires this voucher to stay.',
    'Det slettes af sig selv, når tiden er gået.',
    'It goes by itself when the time has passed.',
  ),
  'retention.held': entry(
    409,
    'Oplysningen er holdt tilbage af en grund med ejer og dato.',
    'The record is on hold with an owner and a date.',
    'Ophæv grunden først.',
    'Lift the hold first.',
  ),
  'work.client_unknown': entry(
    404,
    'Klienten kendes ikke.',
    'That client is not known.',
    'Opret klienten: indsigt client add',
    'Register the client: indsigt client add',
  ),
  'work.client_exists': entry(
    409,
    'Der er allerede en med det navn.',
    'That name is already registered.',
    'Brug et andet navn.',
    'Use another name.',
  ),
  'work.case_closed': entry(
    409,
    'Sagen er lukket.',
    'The case is closed.',
    'En lukket sag kan ikke bruges til det.',
    'A closed case cannot be used for that.',
  ),
  'work.no_item': entry(
    403,
    'Der er ingen åben sag eller opgave, som giver et formål.',
    'No open case or task gives a purpose.',
    'Åbn sagen, anmodningen eller opgaven først.',
    'Open the case, request or task first.',
  ),
  'work.year_closed': entry(
    409,
    'Regnskabet for det år er afsluttet.',
    'The books of that year are closed.',
    'Bogfør betalingen med en dato i det løbende regnskabsår.',
    'Enter the payment with a date in the present financial year.',
  ),
  'work.key_invalid': entry(
    422,
    'Nøglen er ikke en age-modtager.',
    'The key is not an age recipient.',
    'Brug en nøgle, der begynder med age1.',
    'Use a key that begins with age1.',
  ),
  'intake.file_refused': entry(
    422,
    'Filen kan ikke læses.',
    'The file cannot be read.',
    'Se linjen og grunden.',
    'See the line and the reason.',
  ),
  'intake.running': entry(
    409,
    'Klienten har en import i gang.',
    'An import of this client is running.',
    'Vent, til den er færdig.',
    'Wait until it is done.',
  ),
  'intake.disk_full': entry(
    507,
    'Der er ikke plads på disken.',
    'The disk is full.',
    'Skaf plads, og kør samme kommando igen; intet er tabt.',
    'Make room and run the same command again; nothing is lost.',
  ),
  'intake.file_changed': entry(
    409,
    'Filen blev ændret, mens den blev læst.',
    'The file changed while it was being read.',
    'Læg den rigtige fil på plads, og kør samme kommando igen.',
    'Put the right file in place and run the same command again.',
  ),
  'intake.reference_taken': entry(
    409,
    'Klientens sag med det nummer findes allerede.',
    'The client’s case with that reference exists already.',
    'Afgør rækken som den samme eller afvist.',
    'Settle the row as same or refused.',
  ),
  'intake.reading_changed': entry(
    409,
    'Filen læses i dag anderledes, end da importen begyndte.',
    'The file reads differently today than when the import began.',
    'Fortsæt med den samme version og kolonneopsætning.',
    'Go on with the same version and column mapping.',
  ),
  'disclosure.no_key': entry(
    409,
    'Modtageren har ingen krypteringsnøgle.',
    'The recipient has no encryption key.',
    'Registrér modtagerens age-nøgle først.',
    'Register the recipient’s age key first.',
  ),
  'disclosure.nothing': entry(
    409,
    'Der er ingen oplysninger at videregive.',
    'There is nothing to disclose.',
    'Vælg andre felter, eller se sagen.',
    'Choose other fields, or see the case.',
  ),
  'disclosure.expired': entry(
    410,
    'Pakken er udløbet.',
    'The package has expired.',
    'Lav en ny videregivelse.',
    'Make a new disclosure.',
  ),
  'notices.no_address': entry(
    409,
    'Der er ingen brugbar adresse.',
    'There is no usable address.',
    'Beskeden venter hos en sagsbehandler.',
    'The message waits for a case worker.',
  ),
  'notices.wrong_state': entry(
    409,
    'Det passer ikke til, hvor langt beskeden er.',
    'That does not fit how far the message has come.',
    'Se dens tilstand: indsigt notices list',
    'See its state: indsigt notices list',
  ),
  'notices.review_date': entry(
    422,
    'En tilbageholdt besked skal ses efter inden for 12 måneder.',
    'A message held back must be looked at again within 12 months.',
    'Vælg en dato fra i morgen og højst 12 måneder frem.',
    'Choose a date from tomorrow and 12 months ahead at most.',
  ),
  'notices.settings': entry(
    409,
    'Opsætningen af mail passer ikke.',
    'The mail settings do not fit.',
    'Ret den nævnte indstilling; beskederne venter imens.',
    'Correct the setting named; the messages wait meanwhile.',
  ),
  'notices.batch': entry(
    409,
    'Den bunke breve er ikke klar.',
    'That batch of letters is not ready.',
    'Vent, til bunken er færdig: indsigt notices send',
    'Wait until the batch is finished: indsigt notices send',
  ),
  'folder.unsafe': entry(
    409,
    'Mappen er ikke en, som kun vi kan skrive i.',
    'The folder is not one that only we can write to.',
    'Fjern det, der ligger i vejen i dispatch-mappen; intet er tabt.',
    'Remove what is in the way in the dispatch folder; nothing is lost.',
  ),
  'folder.full': entry(
    507,
    'Disken er fuld.',
    'The disk is full.',
    'Skaf plads på disken; intet er tabt.',
    'Make room on the disk; nothing is lost.',
  ),
  'consents.none': entry(
    404,
    'Der er intet samtykke at trække tilbage.',
    'There is no consent to withdraw.',
    'Se personens samtykker.',
    'See the person’s consents.',
  ),
  'requests.answered': entry(
    409,
    'Anmodningen er allerede besvaret.',
    'The request has been answered already.',
    'Åbn en ny anmodning.',
    'Open a new request.',
  ),
  'requests.not_answered': entry(
    409,
    'Anmodningen er ikke afgjort.',
    'The request is not decided.',
    'Afgør den først: indsigt request decide',
    'Decide it first: indsigt request decide',
  ),
  'requests.outcome': entry(
    422,
    'Afgørelsen og grunden passer ikke sammen, eller ikke til anmodningen.',
    'The outcome and the reason do not fit each other, or not the request.',
    'Vælg en grund, der er nævnt for afgørelsen.',
    'Choose a reason named for that outcome.',
  ),
  'ledger.behind': entry(
    409,
    'Protokollen er kortere end det, der er underskrevet.',
    'The ledger is shorter than what was signed.',
    'Kør: indsigt verify',
    'Run: indsigt verify',
  ),
  'database.away': entry(
    503,
    'Databasen svarer ikke.',
    'The database does not answer.',
    'Prøv igen om lidt; intet er tabt.',
    'Try again shortly; nothing is lost.',
  ),
  'database.busy': entry(
    503,
    'Alle forbindelser til databasen er optaget.',
    'All connections to the database are taken.',
    'Prøv igen om lidt; intet er tabt.',
    'Try again shortly; nothing is lost.',
  ),
  'database.full': entry(
    507,
    'Databasen har ikke plads.',
    'The database has no room.',
    'Skaf plads på disken; intet er tabt.',
    'Make room on the disk; nothing is lost.',
  ),
  'database.conflict': entry(
    409,
    'Noget andet blev ændret samtidig.',
    'Something else changed at the same time.',
    'Hent igen, og prøv igen.',
    'Fetch again and try again.',
  ),
  'database.refused': entry(
    409,
    'Databasen afviste det, fordi et løfte ellers blev brudt.',
    'The database refused it because a promise would be broken.',
    'Se det løfte, der er nævnt.',
    'See the promise named.',
  ),
  'database.role': entry(
    500,
    'Databaserollen har flere rettigheder, end den må.',
    'The database role has more rights than it may.',
    'Kør: indsigt migrate',
    'Run: indsigt migrate',
  ),
  'database.old': entry(
    409,
    'Databasen er ikke bragt op til denne version.',
    'The database has not been brought up to this version.',
    'Kør: indsigt migrate',
    'Run: indsigt migrate',
  ),
  usage: entry(
    400,
    'Kommandoen kan ikke bruges sådan.',
    'The command cannot be used like that.',
    'Se: indsigt --help',
    'See: indsigt --help',
  ),
  fault: entry(
    500,
    'Noget gik galt hos os.',
    'Something went wrong on our side.',
    'Prøv igen. Sker det igen, så oplys nummeret.',
    'Try again. If it happens again, give the number.',
  ),
} as const satisfies Record<string, Entry>

export type Code = keyof typeof CATALOGUE

/** One thing wrong: a field or column, a stable code and, where there is one, the clause behind it. */
export type Fault = {
  readonly field?: string
  readonly line?: number
  readonly code: string
  readonly clause?: string
  readonly text?: Bilingual
}

export type Refusal = {
  /** Code of the deciding rule, e.g. 'disclosure.recipient_not_listed'. */
  readonly rule?: string
  readonly clause?: string
  readonly article?: string
  readonly detail?: Bilingual
  readonly faults?: readonly Fault[]
  /** Whole seconds until another try makes sense. */
  readonly retryAfterSeconds?: number
}

/**
 * A refusal that the caller may understand and mend. It never carries a value somebody typed: only
 * names of fields, codes, clauses and our own sentences.
 */
export class Problem extends Error {
  readonly code: Code
  readonly refusal: Refusal

  constructor(code: Code, refusal: Refusal = {}) {
    super(`${code}${refusal.rule ? ` (${refusal.rule})` : ''}`)
    this.name = 'Problem'
    this.code = code
    this.refusal = refusal
  }
}

/** HTTP status of a problem. */
export function statusOf(problem: Problem): number {
  return CATALOGUE[problem.code].status
}

/** RFC 9457 problem details, with the clause that refuses and what to do instead. */
export function toJson(problem: Problem, language: 'da' | 'en', instance?: string): Record<string, unknown> {
  const { title, remedy, status } = CATALOGUE[problem.code]
  const { detail, faults, rule, clause, article } = problem.refusal
  return {
    type: `/problems#${problem.code}`,
    title: title[language],
    status,
    code: problem.code,
    ...(detail && { detail: detail[language] }),
    remedy: remedy[language],
    ...(rule && { rule }),
    ...(clause && { clause }),
    ...(article && { article }),
    ...(faults && { faults: faults.map(fault => ({ ...fault, ...(fault.text && { text: fault.text[language] }) })) }),
    ...(instance && { instance }),
  }
}

/** The same refusal as a few plain lines for a terminal. */
export function toLines(problem: Problem, language: 'da' | 'en'): string[] {
  const { title, remedy } = CATALOGUE[problem.code]
  const { detail, faults = [], rule, clause, article } = problem.refusal
  const because = [rule, clause, article].filter(part => part).join(', ')
  return [
    `${title[language]}${because ? ` (${because})` : ''}`,
    ...(detail ? [detail[language]] : []),
    ...faults.map(fault => `  ${faultLine(fault, language)}`),
    remedy[language],
  ]
}

function faultLine(fault: Fault, language: 'da' | 'en'): string {
  const place = [
    fault.line === undefined ? '' : `${language === 'da' ? 'linje' : 'line'} ${fault.line}`,
    fault.field ?? '',
  ].filter(part => part)
  const clause = fault.clause ? ` (${fault.clause})` : ''
  return `${place.join(', ')}: ${fault.text ? fault.text[language] : fault.code}${clause}`
}
