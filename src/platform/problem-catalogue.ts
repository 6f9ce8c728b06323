/** The one catalogue of refusals: those of the work itself here, those of the doors and of cookies beside it. */
import { OF_COOKIES } from './problem-catalogue-cookies.ts'
import { OF_DOORS } from './problem-catalogue-doors.ts'
import { entry, type Entry } from './problem-entry.ts'

const OF_WORK = {
  'policy.refused': entry(
    403,
    ['Politikken tillader det ikke.', 'The policy does not allow it.'],
    ['Se grunden og det løfte, der er nævnt.', 'See the reason and the promise named.'],
  ),
  'policy.not_adopted': entry(
    409,
    ['Der er ikke taget en politik i brug.', 'No policy has been adopted.'],
    ['Kør: indsigt policy adopt FIL', 'Run: indsigt policy adopt FILE'],
  ),
  'policy.file_changed': entry(
    409,
    ['Politikfilen er ændret, siden den blev taget i brug.', 'The policy file has changed since it was adopted.'],
    ['Gendan filen, eller kør: indsigt policy adopt FIL', 'Restore the file, or run: indsigt policy adopt FILE'],
  ),
  'policy.invalid': entry(
    422,
    ['Politikfilen har fejl.', 'The policy file has faults.'],
    ['Kør: indsigt policy check FIL', 'Run: indsigt policy check FILE'],
  ),
  'policy.case_failed': entry(
    422,
    ['Politikkens prøver fejler.', 'The policy fails its cases.'],
    ['Kør: indsigt policy test FIL', 'Run: indsigt policy test FILE'],
  ),
  'policy.category_unknown': entry(
    422,
    ['Kategorien findes ikke i politikken.', 'The policy has no such category.'],
    ['Brug en kategori fra politikken.', 'Use a category of the policy.'],
  ),
  'ledger.behind': entry(
    409,
    [
      'Databasen er en ældre kopi: den mangler poster, som protokollen har underskrevet.',
      'The database is an older copy: it lacks entries that the ledger has signed.',
    ],
    [
      'Læg en kopi ind, der er lige så ny som protokollen. Se, hvad der mangler: indsigt verify',
      'Restore a copy as new as the ledger. See what is missing: indsigt verify',
    ],
  ),
  'subjects.none': entry(
    404,
    ['Ingen person passer.', 'No person matches.'],
    ['Kontrollér det, du søger med.', 'Check what you search by.'],
  ),
  'subjects.several': entry(
    409,
    ['Flere personer passer.', 'Several persons match.'],
    ['Brug CPR-nummer, eller sagens nummer.', 'Use the CPR number, or the case.'],
  ),
  'subjects.integrity': entry(
    500,
    [
      'En oplysning er ændret uden om systemet og kan ikke læses.',
      'A record was changed from outside and cannot be read.',
    ],
    [
      'Ring til databeskyttelsesrådgiveren; kør: indsigt verify',
      'Call the data protection officer; run: indsigt verify',
    ],
  ),
  'subjects.erased': entry(
    410,
    ['Oplysningen er slettet.', 'The record has been erased.'],
    ['Den kan ikke læses igen.', 'It cannot be read again.'],
  ),
  'retention.floor': entry(
    409,
    ['Bogføringsloven kræver, at bilaget bliver.', 'The Bookkeeping Act requires this voucher to stay.'],
    ['Det slettes af sig selv, når tiden er gået.', 'It goes by itself when the time has passed.'],
  ),
  'retention.held': entry(
    409,
    ['Oplysningen er holdt tilbage af en grund med ejer og dato.', 'The record is on hold with an owner and a date.'],
    ['Ophæv grunden først.', 'Lift the hold first.'],
  ),
  'work.client_unknown': entry(
    404,
    ['Klienten kendes ikke.', 'That client is not known.'],
    ['Opret klienten: indsigt client add', 'Register the client: indsigt client add'],
  ),
  'work.client_exists': entry(
    409,
    ['Der er allerede en med det navn.', 'That name is already registered.'],
    ['Brug et andet navn.', 'Use another name.'],
  ),
  'work.case_closed': entry(
    409,
    ['Sagen er lukket.', 'The case is closed.'],
    ['En lukket sag kan ikke bruges til det.', 'A closed case cannot be used for that.'],
  ),
  'work.no_item': entry(
    403,
    ['Der er ingen åben sag eller opgave, som giver et formål.', 'No open case or task gives a purpose.'],
    ['Åbn sagen, anmodningen eller opgaven først.', 'Open the case, request or task first.'],
  ),
  'work.year_closed': entry(
    409,
    ['Regnskabet for det år er afsluttet.', 'The books of that year are closed.'],
    [
      'Bogfør betalingen med en dato i det løbende regnskabsår.',
      'Enter the payment with a date in the present financial year.',
    ],
  ),
  'work.key_invalid': entry(
    422,
    ['Nøglen er ikke en age-modtager.', 'The key is not an age recipient.'],
    ['Brug en nøgle, der begynder med age1.', 'Use a key that begins with age1.'],
  ),
  'intake.file_refused': entry(
    422,
    ['Filen kan ikke læses.', 'The file cannot be read.'],
    ['Se linjen og grunden.', 'See the line and the reason.'],
  ),
  'intake.running': entry(
    409,
    ['Klienten har en import i gang.', 'An import of this client is running.'],
    ['Vent, til den er færdig.', 'Wait until it is done.'],
  ),
  'intake.disk_full': entry(
    507,
    ['Der er ikke plads på disken.', 'The disk is full.'],
    [
      'Skaf plads, og kør samme kommando igen; intet er tabt.',
      'Make room and run the same command again; nothing is lost.',
    ],
  ),
  'intake.file_changed': entry(
    409,
    ['Filen blev ændret, mens den blev læst.', 'The file changed while it was being read.'],
    [
      'Læg den rigtige fil på plads, og kør samme kommando igen.',
      'Put the right file in place and run the same command again.',
    ],
  ),
  'intake.abandoned': entry(
    409,
    ['Importen af filen er opgivet.', 'The import of this file was abandoned.'],
    ['Hent en ny fil fra klienten, og send den.', 'Get a new file from the client and send that.'],
  ),
  'intake.reference_taken': entry(
    409,
    ['Klientens sag med det nummer findes allerede.', 'The client’s case with that reference exists already.'],
    ['Afgør rækken som den samme eller afvist.', 'Settle the row as same or refused.'],
  ),
  'intake.reading_changed': entry(
    409,
    [
      'Filen læses i dag anderledes, end da importen begyndte.',
      'The file reads differently today than when the import began.',
    ],
    ['Fortsæt med den samme version og kolonneopsætning.', 'Go on with the same version and column mapping.'],
  ),
  'disclosure.no_key': entry(
    409,
    ['Modtageren har ingen krypteringsnøgle.', 'The recipient has no encryption key.'],
    ['Registrér modtagerens age-nøgle først.', 'Register the recipient’s age key first.'],
  ),
  'disclosure.nothing': entry(
    409,
    ['Der er ingen oplysninger at videregive.', 'There is nothing to disclose.'],
    ['Vælg andre felter, eller se sagen.', 'Choose other fields, or see the case.'],
  ),
  'disclosure.expired': entry(
    410,
    ['Pakken er udløbet.', 'The package has expired.'],
    ['Lav en ny videregivelse.', 'Make a new disclosure.'],
  ),
  'notices.no_address': entry(
    409,
    ['Der er ingen brugbar adresse.', 'There is no usable address.'],
    ['Beskeden venter hos en sagsbehandler.', 'The message waits for a case worker.'],
  ),
  'notices.wrong_state': entry(
    409,
    ['Det passer ikke til, hvor langt beskeden er.', 'That does not fit how far the message has come.'],
    ['Se dens tilstand: indsigt notices list', 'See its state: indsigt notices list'],
  ),
  'notices.review_date': entry(
    422,
    [
      'En tilbageholdt besked skal ses efter inden for 12 måneder.',
      'A message held back must be looked at again within 12 months.',
    ],
    ['Vælg en dato fra i morgen og højst 12 måneder frem.', 'Choose a date from tomorrow and 12 months ahead at most.'],
  ),
  'notices.settings': entry(
    409,
    ['Opsætningen af mail passer ikke.', 'The mail settings do not fit.'],
    ['Ret den nævnte indstilling; beskederne venter imens.', 'Correct the setting named; the messages wait meanwhile.'],
  ),
  'notices.batch': entry(
    409,
    ['Den bunke breve er ikke klar.', 'That batch of letters is not ready.'],
    ['Vent, til bunken er færdig: indsigt notices send', 'Wait until the batch is finished: indsigt notices send'],
  ),
  'consents.none': entry(
    404,
    ['Der er intet samtykke at trække tilbage.', 'There is no consent to withdraw.'],
    ['Se personens samtykker.', 'See the person’s consents.'],
  ),
  'requests.answered': entry(
    409,
    ['Anmodningen er allerede besvaret.', 'The request has been answered already.'],
    ['Åbn en ny anmodning.', 'Open a new request.'],
  ),
  'requests.not_answered': entry(
    409,
    ['Anmodningen er ikke afgjort.', 'The request is not decided.'],
    ['Afgør den først: indsigt request decide', 'Decide it first: indsigt request decide'],
  ),
  'requests.outcome': entry(
    422,
    [
      'Afgørelsen og grunden passer ikke sammen, eller ikke til anmodningen.',
      'The outcome and the reason do not fit each other, or not the request.',
    ],
    ['Vælg en grund, der er nævnt for afgørelsen.', 'Choose a reason named for that outcome.'],
  ),
} as const satisfies Record<string, Entry>

/** Stable code -> HTTP status, sentence and remedy. `docs/problems.md` is made from it. */
export const CATALOGUE = { ...OF_DOORS, ...OF_WORK, ...OF_COOKIES } as const

/** One of the codes. */
export type Code = keyof typeof CATALOGUE
