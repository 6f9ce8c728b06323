/**
 * The registry of doors: for each clause, the places in this program and its database that keep it.
 * A clause without a door is not built. A test holds every constraint and file named here against what exists.
 */
import { COOKIE_DOORS } from './cookie-doors.ts'
import { coded, kept, type Door, type Doors } from './door.ts'
import type { Text } from '../policy/types.ts'

/** The doors of a clause; none for one that this version does not keep, with the reason. */
export function doorsOf(clause: string): Doors {
  return DOORS[clause] ?? { doors: [], why: NO_CODE }
}

/** Every door of every clause, for the test that holds them against what exists. */
export function allDoors(): readonly Door[] {
  return Object.values(DOORS).flatMap(it => it.doors)
}

const NO_CODE: Text = {
  da: 'Ingen kode holder dette løfte i denne version.',
  en: 'No code keeps this promise in this version.',
}

const COLLECT = (da: string, en: string) => coded('policy', 'src/policy/decide.ts', { da, en })
const VAULT = (da: string, en: string) => coded('vault', 'src/subjects/subjects.ts', { da, en })
const IMPORT = (da: string, en: string) => coded('import', 'src/intake/screen.ts', { da, en })

const DOORS: { readonly [clause: string]: Doors } = {
  ...COOKIE_DOORS,
  S10: {
    doors: [
      coded('page', 'src/app.ts', {
        da: 'Serveren sætter ingen cookie, som ingen har bedt om, og siderne virker uden script.',
        en: 'The server sets no cookie that nobody asked for, and the pages work without script.',
      }),
    ],
  },
  S11: {
    doors: [
      kept(
        'record_known_or_consented',
        'En post uden besked eller samtykke afvises',
        'A record without notice or consent is refused',
      ),
      VAULT(
        'Alt nyt afgøres af politikken, før det krypteres.',
        'All that is new is decided by the policy before it is encrypted.',
      ),
    ],
  },
  S12: {
    doors: [
      kept(
        'record_purpose_fkey',
        'En post uden et formål fra politikken afvises',
        'A record without a purpose of the policy is refused',
      ),
      coded('policy', 'src/work/work.ts', {
        da: 'Formålet følger af en åben sag eller opgave; ingen kan skrive det ind.',
        en: 'The purpose follows from an open case or task; nobody can type it in.',
      }),
    ],
  },
  S13: {
    doors: [
      COLLECT(
        'Felter uden for kategoriens liste afvises ved indsamling.',
        'Fields outside the list of the category are refused at collection.',
      ),
      IMPORT(
        'Kortnumre i fritekst standses, før noget gemmes.',
        'Card numbers in free text are stopped before anything is kept.',
      ),
    ],
  },
  S14: {
    doors: [
      COLLECT('Et felt tages kun imod, når formålet nævner det.', 'A field is taken only when the purpose names it.'),
      IMPORT(
        'Ukendte kolonner og følsomme ord standses ved indlæsning.',
        'Unknown columns and sensitive words are stopped at import.',
      ),
    ],
  },
  S15: {
    doors: [
      kept(
        'disclosure_website_consent',
        'Værdier fra internetsiden kan ikke videregives uden samtykke',
        'Website values cannot be disclosed without consent',
      ),
      kept(
        'disclosure_consent_fkey',
        'Samtykket skal findes og være personens eget',
        'The consent must exist and be that person’s own',
      ),
    ],
  },
  S16: {
    doors: [
      kept(
        'record_website_five_years',
        'En slettedato over fem år kan ikke gemmes',
        'An erase date beyond five years cannot be stored',
      ),
      kept(
        'subjects.bring_forward',
        'En slettedato kan rykke nærmere, aldrig længere væk',
        'An erase date can come nearer and never move away',
      ),
      kept('subjects.erase', 'Sletning ødelægger nøgle og indhold', 'Erasing destroys key and content'),
      coded('worker', 'src/retention/jobs.ts', {
        da: 'Hver nat slettes det, hvis dag er kommet.',
        en: 'Every night what has come to its day is erased.',
      }),
    ],
  },
  S17: {
    doors: [],
    why: {
      da: 'Denne version sender ingen markedsføring. Døren, der kræver samtykke for hver kanal, bygges med markedsføringsdelen.',
      en: 'This version sends no marketing. The door that asks for consent per channel comes with the marketing part.',
    },
  },
  S18: {
    doors: [
      kept(
        'record_category_fkey',
        'En post uden for de lukkede kategorier afvises',
        'A record outside the closed categories is refused',
      ),
      VAULT(
        'Læsning kræver en åben opgave og bliver en post i protokollen.',
        'Reading needs an open task and becomes an entry in the log.',
      ),
    ],
  },
  S19: {
    doors: [
      kept(
        'relationship_reviewed',
        'En grund til at gemme har altid en dato for eftersyn',
        'A reason to keep always has a date of review',
      ),
      kept('hold_reviewed', 'En tilbageholdelse har ejer og slutdato', 'A hold has an owner and an end'),
      coded('worker', 'src/retention/jobs.ts', {
        da: 'Når en sag lukkes, får dens poster en slettedato.',
        en: 'When a case is closed, its records get an erase date.',
      }),
    ],
  },
  S20: {
    doors: [
      kept(
        'record_client_has_source',
        'Oplysninger fra en klient siger, hvilken levering de kom med',
        'Data from a client says which delivery it came with',
      ),
      coded('worker', 'src/notices/jobs.ts', {
        da: 'Beskeder sendes, når de er forfaldne; hvad der ikke når frem, går til et menneske.',
        en: 'Notices are sent when due; what does not arrive goes to a person.',
      }),
      kept(
        'record_notice_fkey',
        'Posten kan ikke gemmes uden den besked, den nævner',
        'The record cannot be stored without the notice it names',
      ),
    ],
  },
  S21: {
    doors: [
      kept(
        'disclosure_one_ground',
        'Kun kreditor, sagens advokat eller en myndighed',
        'Only the creditor, the lawyer of the case or an authority',
      ),
      kept(
        'disclosure_creditor_fkey',
        'Kreditor skal være netop denne sags',
        'The creditor must be that of this very case',
      ),
      kept('disclosure_lawyer_fkey', 'Advokaten skal være sagens', 'The lawyer must be that of the case'),
      kept(
        'disclosure_demand_fkey',
        'Myndighedens krav skal være registreret',
        'The demand of the authority must be on file',
      ),
    ],
  },
  S22: {
    doors: [
      kept(
        'disclosure_notice_fkey',
        'En videregivelse uden besked i samme transaktion afvises',
        'A disclosure without a notice in the same transaction is refused',
      ),
      kept(
        'notice_held_reviewed',
        'En tilbageholdt besked har grund, ansvarlig og dato',
        'A held notice has a ground, an owner and a date',
      ),
    ],
  },
  S23: {
    doors: [
      kept(
        'voucher_floor',
        'Bilag får mindst fem år fra regnskabsårets udløb',
        'A voucher gets at least five years from the end of the financial year',
      ),
      kept(
        'record_accounting_has_voucher',
        'Undtagelsen gælder kun poster med bilag',
        'Only records with a voucher have the exemption',
      ),
      kept(
        'subjects.erase',
        'Sletning før fristen afvises af databasens eget ur',
        'Erasing before its time is refused by the clock of the database',
      ),
    ],
  },
  S24: {
    doors: [
      kept('request_month', 'Fristen for en anmodning er højst en måned', 'A request is due within a month at most'),
      COLLECT(
        'Hverken begrænsning eller indsigelse kan standse indsigt.',
        'Neither restriction nor objection can stop access.',
      ),
      coded('vault', 'src/access/access.ts', {
        da: 'Svaret samles fra alle dele af systemet i ét øjebliksbillede.',
        en: 'The reply is gathered from every part of the system in one snapshot.',
      }),
    ],
  },
  S25: {
    doors: [
      coded('policy', 'src/requests/requests.ts', {
        da: 'En indsigelse begrænser posten i samme handling.',
        en: 'An objection restricts the record in the same act.',
      }),
      COLLECT(
        'En begrænset post afvises til alt andet end opbevaring, indsigt og retskrav.',
        'A restricted record is refused for all but storage, access and legal claims.',
      ),
    ],
  },
}
