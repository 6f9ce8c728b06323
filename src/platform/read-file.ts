/** Reads files that somebody named on the command line, with a limit, and says in words why it could not. */
import fs from 'node:fs'
import path from 'node:path'
import { codeOf, failure } from './failure.ts'

/** The whole file, at most `most` bytes. Throws `file/missing`, `file/unreadable` or `file/too-large`. */
export function readFile(file: string, most: number): Buffer {
  try {
    if (fs.statSync(file).size > most) throw tooLarge(most)
    return fs.readFileSync(file)
  } catch (error) {
    throw codeOf(error) === 'file/too-large' ? error : unreadable(error)
  }
}

/** The files of a folder whose names end in `ending`, as text, in order of name; none when there is no folder. */
export function readFolder(folder: string, ending: string): { readonly name: string; readonly text: string }[] {
  if (!fs.existsSync(folder)) return []
  const names = fs.readdirSync(folder).filter(name => name.endsWith(ending))
  return names.toSorted().map(name => ({ name, text: readFile(path.join(folder, name), 1024 * 1024).toString('utf8') }))
}

/** The path as seen from `from`, and the folder it lies in. */
export function locate(from: string, file: string): { readonly file: string; readonly folder: string } {
  const absolute = path.resolve(from, file)
  return { file: absolute, folder: path.dirname(absolute) }
}

function unreadable(cause: unknown): Error {
  const isMissing = codeOf(cause) === 'ENOENT'
  return failure({
    code: isMissing ? 'file/missing' : 'file/unreadable',
    da: isMissing ? 'Filen findes ikke.' : `Filen kan ikke læses (${codeOf(cause)}).`,
    en: isMissing ? 'There is no such file.' : `The file cannot be read (${codeOf(cause)}).`,
    remedy: { da: 'Kontrollér navnet og rettighederne.', en: 'Check the name and the permissions.' },
    cause,
  })
}

function tooLarge(most: number): Error {
  return failure({
    code: 'file/too-large',
    da: `Filen er større end ${most} byte.`,
    en: `The file is larger than ${most} bytes.`,
    remedy: { da: 'Brug en mindre fil.', en: 'Use a smaller file.' },
  })
}
