/** What is wrong with a file or a line that is no row, and what its sender can do about it: in Danish and English. */
import type { CsvFileCode } from '../lib/csv.ts'
import type { RecordCode } from '../lib/csv-record.ts'
import type { EncodingCode } from '../lib/decode.ts'
import type { ColumnsCode } from './columns.ts'

/** Codes about a file as a whole, or about lines that could not be read as rows. */
export type FileCode = CsvFileCode | RecordCode | EncodingCode | ColumnsCode

type Texts = { readonly da: readonly [string, string]; readonly en: readonly [string, string] }

/** What is wrong with the file or line, then what to do about it. Read through `explain` in reject-texts.ts. */
export const FILE_TEXTS: { readonly [code in FileCode]: Texts } = {
  file_empty: {
    da: ['Filen er tom.', 'Send filen igen.'],
    en: ['The file is empty.', 'Send the file again.'],
  },
  file_spreadsheet: {
    da: ['Filen er en Excel-projektmappe.', 'Gem den som CSV UTF-8 (semikolonsepareret).'],
    en: ['The file is an Excel workbook.', 'Save it as CSV UTF-8.'],
  },
  file_binary: {
    da: ['Filen er ikke tekst.', 'Send en CSV-fil i UTF-8, ikke pakket.'],
    en: ['The file is not text.', 'Send a CSV file in UTF-8, not compressed.'],
  },
  file_utf16: {
    da: ['Filen er UTF-16 og er beskadiget.', 'Gem den som CSV UTF-8.'],
    en: ['The file is UTF-16 and damaged.', 'Save it as CSV UTF-8.'],
  },
  encoding_mixed: {
    da: ['Filen blander UTF-8 og en anden tegnkodning.', 'Dan hele filen på ny som UTF-8.'],
    en: ['The file mixes UTF-8 with another encoding.', 'Make the whole file again as UTF-8.'],
  },
  encoding_unknown: {
    da: ['Tegnkodningen er hverken UTF-8 eller Windows-1252.', 'Gem filen som UTF-8.'],
    en: ['The encoding is neither UTF-8 nor Windows-1252.', 'Save the file as UTF-8.'],
  },
  encoding_double: {
    da: ['Æ, ø og å er kodet to gange.', 'Dan filen på ny fra jeres system, ikke fra en åbnet kopi.'],
    en: ['Æ, ø and å were encoded twice.', 'Make the file again from your system, not from an opened copy.'],
  },
  csv_empty: {
    da: ['Filen har ingen linjer.', 'Send filen igen.'],
    en: ['The file has no lines.', 'Send the file again.'],
  },
  csv_one_column: {
    da: ['Der er kun én kolonne.', 'Adskil kolonner med semikolon, komma eller tabulator.'],
    en: ['There is only one column.', 'Part columns by semicolon, comma or tab.'],
  },
  csv_header: {
    da: ['Linjen med kolonnenavne kan ikke læses.', 'Se efter anførselstegn, der mangler.'],
    en: ['The line of column names cannot be read.', 'Look for a missing quotation mark.'],
  },
  csv_columns_limit: {
    da: ['Der er over 256 kolonner.', 'Send kun de kolonner, der er aftalt.'],
    en: ['There are more than 256 columns.', 'Send only the columns agreed.'],
  },
  csv_columns_few: {
    da: ['Linjen har færre kolonner end overskriften.', 'Dan linjen igen; filen kan være afbrudt her.'],
    en: ['The line has fewer columns than the header.', 'Make the line again; the file may be cut here.'],
  },
  csv_columns_many: {
    da: ['Linjen har flere kolonner end overskriften.', 'Sæt anførselstegn om tekst, der indeholder skilletegnet.'],
    en: ['The line has more columns than the header.', 'Put quotation marks around text that holds the delimiter.'],
  },
  csv_quote_open: {
    da: ['Et anførselstegn bliver ikke lukket.', 'Luk det, eller skriv det dobbelt, hvis det hører til teksten.'],
    en: ['A quotation mark is not closed.', 'Close it, or double it if it belongs to the text.'],
  },
  csv_quote_stray: {
    da: ['Der står tekst lige efter et afsluttende anførselstegn.', 'Skriv anførselstegn i tekst dobbelt.'],
    en: ['Text stands right behind a closing quotation mark.', 'Double quotation marks inside text.'],
  },
  csv_field_limit: {
    da: ['Et felt er over 100.000 tegn.', 'Kort det af.'],
    en: ['A field is longer than 100,000 characters.', 'Shorten it.'],
  },
  csv_record_limit: {
    da: ['En linje er over 1.000.000 tegn.', 'Se efter linjeskift eller anførselstegn, der mangler.'],
    en: ['A line is longer than 1,000,000 characters.', 'Look for a missing line break or quotation mark.'],
  },
  columns_no_header: {
    da: ['Første linje er data, ikke kolonnenavne.', 'Sæt en linje med kolonnenavne øverst.'],
    en: ['The first line is data, not column names.', 'Put a line of column names on top.'],
  },
  columns_missing: {
    da: ['En påkrævet kolonne mangler.', 'Tilføj sagsnummer, navn og hovedstol, eller gem en kolonneopsætning.'],
    en: ['A required column is missing.', 'Add reference, name and principal, or save a mapping.'],
  },
  columns_duplicate: {
    da: ['Flere kolonner betyder det samme.', 'Behold én, eller gem en kolonneopsætning.'],
    en: ['Several columns mean the same.', 'Keep one, or save a mapping.'],
  },
  columns_mapping: {
    da: ['Kolonneopsætningen nævner en kolonne, som filen ikke har.', 'Ret opsætningen eller filen.'],
    en: ['The mapping names a column that the file does not have.', 'Correct the mapping or the file.'],
  },
}
