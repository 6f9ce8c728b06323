/** Which column of a file holds which field, by its header; what has no field is never read (S14). Pure. */
import { mayContainCpr } from '../lib/cpr.ts'
import { parseDanishDate } from '../lib/danish-date.ts'
import { containsCard } from '../lib/card.ts'
import type { DecimalMark } from '../lib/amount.ts'

/** The fields a portfolio row may give (S14, S20); the codes are those of the policy's debtor categories. */
export const FIELDS = [
  'reference',
  'name',
  'cpr',
  'cvr',
  'address',
  'co_address',
  'postcode',
  'city',
  'country',
  'email',
  'phone',
  'principal',
  'interest',
  'fee',
  'currency',
  'invoice_number',
  'invoice_date',
  'due_date',
  'claim_text',
  'note',
  'status',
  'closed_on',
  'close_reason',
] as const
export type FieldCode = (typeof FIELDS)[number]

/** Where each field stands in a row (from 0), and what the whole file has in common. */
export type Columns = {
  readonly at: { readonly [field in FieldCode]?: number }
  /** The mark before the decimals, when a mapping says so; otherwise each amount must be clear in itself. */
  readonly decimal?: DecimalMark
}

/** A saved mapping of one client: header as written -> field, or 'ignore'. Headers it does not name are guessed. */
export type Mapping = {
  readonly columns: readonly { readonly header: string; readonly field: FieldCode | 'ignore' }[]
  readonly decimal?: DecimalMark
}

/**
 * `columns_no_header`: the first line holds data, not names of columns; `columns_missing`: no column for `field`;
 * `columns_duplicate`: `positions` (from 1) all mean `field`; `columns_mapping`: the mapping names an absent header.
 */
export type ColumnsCode = 'columns_no_header' | 'columns_missing' | 'columns_duplicate' | 'columns_mapping'
export type ColumnsProblem = {
  readonly code: ColumnsCode
  readonly field?: FieldCode
  readonly positions?: readonly number[]
}

/** `unknown`: positions (from 1) of columns that no rule knows; their content is not taken (S14). */
export type MappedColumns =
  | { readonly ok: true; readonly columns: Columns; readonly unknown: readonly number[] }
  | { readonly ok: false; readonly problems: readonly ColumnsProblem[] }

/**
 * Finds out which column is which. Case, spaces, punctuation and the spelling of æøå do not matter. Headers are never
 * repeated in an answer: a file without a header line has a person's data there.
 */
export function mapColumns(header: readonly string[], mapping?: Mapping): MappedColumns {
  if (header.some(looksLikeData)) return { ok: false, problems: [{ code: 'columns_no_header' }] }
  const chosen = chosenFields(mapping)
  const positions = new Map<FieldCode, number[]>()
  const unknown: number[] = []
  header.forEach((name, index) => {
    const field = chosen.get(foldHeader(name)) ?? SYNONYMS.get(foldHeader(name))
    if (field === undefined) unknown.push(index + 1)
    else if (field !== 'ignore') positions.set(field, [...(positions.get(field) ?? []), index + 1])
  })
  const problems = [...mappingProblems(header, chosen), ...positionProblems(positions)]
  if (problems.length > 0) return { ok: false, problems }
  return { ok: true, columns: toColumns(positions, mapping?.decimal), unknown }
}

/** Fields without which no row of a file can be taken. */
export const REQUIRED: readonly FieldCode[] = ['reference', 'name', 'principal']

/** Lower case, æ ø å spelt out, nothing but letters and digits. */
function foldHeader(name: string): string {
  const lower = name.normalize('NFC').toLowerCase().replaceAll('æ', 'ae').replaceAll('ø', 'oe').replaceAll('å', 'aa')
  return lower.normalize('NFD').replace(/[^a-z\d]/g, '')
}

function looksLikeData(name: string): boolean {
  return mayContainCpr(name) || containsCard(name) || name.includes('@') || parseDanishDate(name).ok
}

function chosenFields(mapping: Mapping | undefined): ReadonlyMap<string, FieldCode | 'ignore'> {
  return new Map((mapping?.columns ?? []).map(({ header, field }) => [foldHeader(header), field]))
}

function mappingProblems(header: readonly string[], chosen: ReadonlyMap<string, unknown>): readonly ColumnsProblem[] {
  const present = new Set(header.map(foldHeader))
  return [...chosen.keys()].every(name => present.has(name)) ? [] : [{ code: 'columns_mapping' }]
}

function positionProblems(positions: ReadonlyMap<FieldCode, readonly number[]>): readonly ColumnsProblem[] {
  const missing = REQUIRED.filter(field => !positions.has(field))
  const double = [...positions].filter(([, at]) => at.length > 1)
  return [
    ...missing.map(field => ({ code: 'columns_missing' as const, field })),
    ...double.map(([field, at]) => ({ code: 'columns_duplicate' as const, field, positions: at })),
  ]
}

function toColumns(positions: ReadonlyMap<FieldCode, readonly number[]>, decimal: DecimalMark | undefined): Columns {
  const at: { [field in FieldCode]?: number } = {}
  for (const [field, [position = 1]] of positions) at[field] = position - 1
  return decimal === undefined ? { at } : { at, decimal }
}

/** As creditors' systems name them, folded; collected from Danish and English exports. */
const NAMES: { readonly [field in FieldCode]: string } = {
  reference:
    'reference ref sagsnr sagsnummer sagsid kundenr kundenummer kundeid kreditorreference debitornr debitornummer ' +
    'skyldnernr skyldnernummer casereference casereferenceid caseid caseno casenumber customerno customernumber ' +
    'customerid accountno accountnumber kontonr kontonummer vorref deresref',
  name: 'navn navn1 fuldenavn skyldner skyldnernavn debitor debitornavn kundenavn name fullname debtor debtorname',
  cpr: 'cpr cprnr cprnummer personnummer personnr cprno cprnumber ssn nationalid',
  cvr: 'cvr cvrnr cvrnummer senr cvrno cvrnumber companyno companynumber vatno',
  address: 'adresse adresse1 vej vejnavn gade gadenavn gadeoghusnr address address1 street streetaddress',
  co_address: 'co conavn coadresse coaddress careof adresse2 address2',
  postcode: 'postnr postnummer postcode postalcode zip zipcode',
  city: 'by bynavn postdistrikt city town',
  country: 'land landekode landkode country countrycode',
  email: 'email mail emailadresse mailadresse epost emailaddress',
  phone: 'telefon telefonnr telefonnummer tlf tlfnr mobil mobilnr mobiltelefon phone phoneno phonenumber mobile',
  principal: 'hovedstol beloeb belob saldo restgaeld restsaldo rykkerbeloeb principal amount balance outstanding',
  interest: 'rente renter rentebeloeb rykkerrenten rykkerrente interest interestamount',
  fee: 'gebyr gebyrer rykkergebyr rykkergebyrer inkassogebyr fee fees reminderfee',
  currency: 'valuta valutakode currency currencycode',
  invoice_number: 'fakturanr fakturanummer fakturaid faktura invoiceno invoicenumber invoiceid invoice',
  invoice_date: 'fakturadato stiftelsesdato invoicedate dateofinvoice',
  due_date: 'forfaldsdato forfald forfalden betalingsfrist duedate due paymentdue',
  claim_text: 'tekst fordringstekst beskrivelse fordring vedroerende claim claimtext description text',
  note: 'note noter notat bemaerkning bemaerkninger kommentar kommentarer notes remark remarks comment comments',
  status: 'status sagsstatus state casestatus',
  closed_on: 'afsluttet lukket afslutningsdato afsluttetdato lukketdato slutdato closed closedon closedate closeddate',
  close_reason: 'lukkeaarsag afslutningsaarsag lukkegrund aarsag closereason closingreason reasonclosed',
}

const SYNONYMS: ReadonlyMap<string, FieldCode> = new Map(
  FIELDS.flatMap(field => [field.replaceAll('_', ''), ...NAMES[field].split(' ')].map(name => [name, field] as const)),
)
