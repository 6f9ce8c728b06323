/** What went wrong with the database’s programs: told from their own words, with a remedy. */
import { codeOf, failure, isFailure, type Failure } from '../failure.ts'

/** What went wrong, as far as the database's own words or an error code tell. */
type Kind = 'disk-full' | 'permissions' | 'corrupt' | 'memory' | 'start-failed'

const signs: readonly (readonly [Kind, RegExp])[] = [
  ['disk-full', /No space left on device|ENOSPC|EDQUOT|Disk quota exceeded|disk is full| 53100 /],
  [
    'permissions',
    anyOf(
      /Permission denied|EACCES|EPERM|EROFS|Read-only file system/,
      /wrong ownership|invalid permissions|unable to open database file|readonly database/,
    ),
  ],
  ['memory', /could not (create shared memory|map anonymous shared memory)|Cannot allocate memory|ENOMEM| 53200 /],
  [
    'corrupt',
    anyOf(
      /incorrect checksum|checkpoint record|PANIC|XX00[12]|pg_control|incompatible with server/,
      /could not open (file|directory)|is not a database cluster|missing or erroneous/,
    ),
  ],
]

const texts: Record<Kind, { da: string; en: string; remedy: { da: string; en: string } }> = {
  'disk-full': {
    da: 'Disken er fuld, så databasen kan ikke starte.',
    en: 'The disk is full, so the database cannot start.',
    remedy: { da: 'Frigør plads på disken, og start igen.', en: 'Free some disk space and start again.' },
  },
  permissions: {
    da: 'Databasen må ikke læse eller skrive i sin mappe.',
    en: 'The database may not read or write its folder.',
    remedy: {
      da: 'Start som den bruger, der oprettede datamappen, eller ret mappens ejer og rettigheder.',
      en: 'Start as the user that made the data folder, or mend the owner and mode of the folder.',
    },
  },
  memory: {
    da: 'Der er ikke hukommelse nok til databasen.',
    en: 'There is not enough memory for the database.',
    remedy: { da: 'Giv maskinen mindst 512 MB ledig hukommelse.', en: 'Give the machine at least 512 MB free memory.' },
  },
  corrupt: {
    da: 'Databasens filer er beskadigede eller ufuldstændige.',
    en: 'The files of the database are damaged or incomplete.',
    remedy: {
      da: 'Rør ikke mappen. Tag en kopi af den, og indlæs den seneste sikkerhedskopi.',
      en: 'Leave the folder as it is. Take a copy of it, and restore the latest backup.',
    },
  },
  'start-failed': {
    da: 'Databasen kunne ikke starte.',
    en: 'The database could not start.',
    remedy: { da: 'Læs databasens log, og start igen.', en: 'Read the log of the database and start again.' },
  },
}

/** A failure of the database's programs, told from what they wrote (`words`). `place` is the folder or log to see. */
export function troubleFrom(words: string, place: string, cause?: unknown): Failure {
  const kind = signs.find(([, sign]) => sign.test(words))?.[0] ?? 'start-failed'
  const text = texts[kind]
  return failure({
    code: `postgres/${kind}`,
    da: `${text.da} (${place})`,
    en: `${text.en} (${place})`,
    remedy: text.remedy,
    cause: cause ?? new Error(words.slice(-2000)),
  })
}

/** Leaves our own failures as they are and turns those of the operating system into one with a remedy. */
export function asTrouble(error: unknown, place: string): unknown {
  const code = codeOf(error)
  if (isFailure(error) || !(error instanceof Error)) return error
  return /^E[A-Z]+$|^ERR_SQLITE_ERROR$/.test(code) ? troubleFrom(`${code} ${error.message}`, place, error) : error
}

function anyOf(...signs: readonly RegExp[]): RegExp {
  return new RegExp(signs.map(sign => sign.source).join('|'))
}
