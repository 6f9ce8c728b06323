/** Makes portfolios of people who do not exist, the same ones every time: nobody tests or measures on real people. */
import { formatAmount } from '../lib/amount.ts'
import { passesModulus11 } from '../lib/cpr.ts'
import { csvCell } from '../lib/csv-write.ts'
import type { Delimiter } from '../lib/csv.ts'
import { isoDate } from '../lib/danish-date.ts'
import { FIELDS, type FieldCode } from './columns.ts'
import { DIRT, dirtyLine, type Cells, type Dirt } from './generate-dirt.ts'
import { CLAIMS, FIRST_NAMES, LAST_NAMES, NOTES, PLACES, STREETS } from './generate-words.ts'

/**
 * What to make. `dirt` is the share of rows (0–1) spoiled, in turn, by every reason that reading knows; `today`
 * ('YYYY-MM-DD') is the day the file would have been sent. The same options give the same bytes.
 */
export type PortfolioOptions = {
  readonly rows: number
  readonly seed: number
  readonly dirt?: number
  readonly today?: string
  readonly delimiter?: Delimiter
  readonly encoding?: 'utf-8' | 'windows-1252'
}

/**
 * A client's portfolio of invented people as CSV text, in pieces of some hundred rows, header first. Holds namesakes
 * (some at one address), sole traders, postcodes and CPR numbers that begin with 0, rows without CPR, closed cases,
 * quoted line breaks. No CPR number can be anybody's: serials 9xxx that fail modulus 11, never born on 1 January, the
 * only births so far numbered without it. E-mail addresses lie in example.com, which nobody can own (RFC 2606).
 */
export async function* generatePortfolio(options: PortfolioOptions): AsyncGenerator<string> {
  yield* inPieces(options, (cells, _index) => cells)
}

/**
 * The same portfolio a month later: about a tenth of its cases closed, a third with another balance, the rest as they
 * were, and a twentieth more cases at the end.
 */
export async function* generateNext(options: PortfolioOptions): AsyncGenerator<string> {
  const later = { ...options, rows: options.rows + Math.ceil(options.rows / 20) }
  yield* inPieces(later, (cells, index) => (index < options.rows ? monthLater(cells, options, index) : cells))
}

/** The bytes of a generated text: all its letters exist in both encodings, with the same value up to U+00FF. */
export async function* encodePortfolio(
  pieces: AsyncIterable<string>,
  encoding: 'utf-8' | 'windows-1252',
): AsyncGenerator<Buffer> {
  for await (const piece of pieces) yield Buffer.from(piece, encoding === 'utf-8' ? 'utf8' : 'latin1')
}

/** A CPR number that nobody has, as ten digits; for a birth between 1950 and 2005. */
export function fictiveCpr(random: () => number): string {
  const year = 1950 + pick(random, 56)
  const month = 1 + pick(random, 12)
  const day = (month === 1 ? 2 : 1) + pick(random, 27)
  const date = [day, month, year % 100].map(part => String(part).padStart(2, '0')).join('')
  const digits = `${date}9${String(pick(random, 1000)).padStart(3, '0')}`
  return passesModulus11(digits) ? fictiveCpr(random) : digits
}

export const HEADERS: { readonly [field in FieldCode]: string } = {
  reference: 'Sagsnr',
  name: 'Navn',
  cpr: 'CPR',
  cvr: 'CVR',
  address: 'Adresse',
  co_address: 'C/O',
  postcode: 'Postnr',
  city: 'By',
  country: 'Land',
  email: 'E-mail',
  phone: 'Telefon',
  principal: 'Hovedstol',
  interest: 'Renter',
  fee: 'Gebyr',
  currency: 'Valuta',
  invoice_number: 'Fakturanr',
  invoice_date: 'Fakturadato',
  due_date: 'Forfaldsdato',
  claim_text: 'Tekst',
  note: 'Bemærkning',
  status: 'Status',
  closed_on: 'Afsluttet',
  close_reason: 'Lukkeårsag',
}

const FIRST = FIRST_NAMES.split(' ')
const LAST = LAST_NAMES.split(' ')
const ROADS = STREETS.split(' ')
const PIECE_ROWS = 400
const DEFAULT_TODAY = '2026-11-01'

async function* inPieces(
  options: PortfolioOptions,
  change: (cells: Cells, index: number) => Cells,
): AsyncGenerator<string> {
  const { delimiter = ';', dirt: share = 0, encoding = 'utf-8', seed } = options
  const kinds = DIRT.filter(kind => encoding === 'utf-8' || kind.onlyUtf8 !== true)
  let piece = `${FIELDS.map(field => csvCell(HEADERS[field], delimiter)).join(delimiter)}\r\n`
  let dirty = 0
  for (let index = 0; index < options.rows; index++) {
    const spoiled = randomFrom(seed, index, 2)() < share
    const kind = spoiled ? kinds[dirty++ % kinds.length] : undefined
    piece += `${toLine(personAt(options, index), { kind, delimiter, index, change })}\r\n`
    if ((index + 1) % PIECE_ROWS !== 0) continue
    yield piece
    piece = ''
  }
  yield piece
}

type Making = {
  readonly kind: Dirt | undefined
  readonly delimiter: Delimiter
  readonly index: number
  readonly change: (cells: Cells, index: number) => Cells
}

function toLine(cells: Cells, { kind, delimiter, index, change }: Making): string {
  if (kind !== undefined) return dirtyLine(kind, { ...cells, status: '', closed_on: '', close_reason: '' }, delimiter)
  return Object.values(change(cells, index))
    .map(cell => csvCell(cell, delimiter))
    .join(delimiter)
}

function personAt(options: PortfolioOptions, index: number): Cells {
  const { seed, today = DEFAULT_TODAY } = options
  const random = randomFrom(seed, index, 0)
  const twin = index > 0 && index % 25 === 0
  const namesake = twin ? randomFrom(seed, index - 1, 0) : random
  const name = `${one(namesake, FIRST)} ${one(namesake, LAST)}`
  const home = index % 50 === 0 && twin ? namesake : random
  const address = `${one(home, ROADS)} ${1 + pick(home, 199)}${one(home, ['', '', 'A', ', 2. tv', ', st. th'])}`
  const [postcode, city] = one(home, PLACES)
  const trader = index % 17 === 3
  return {
    reference: `S-${seed}-${100_000 + index}`,
    name: trader ? `${name} v/${city} Cykler` : name,
    cpr: trader || index % 11 === 7 ? '' : written(fictiveCpr(random), index),
    cvr: trader ? fictiveCvr(random) : '',
    address,
    co_address: pick(random, 20) === 0 ? `c/o ${one(random, LAST)}` : '',
    postcode,
    city,
    country: one(random, ['', 'DK', 'Danmark']),
    email: pick(random, 3) === 0 ? '' : `person${index}@example.com`,
    phone:
      pick(random, 3) === 0
        ? ''
        : one(random, ['', '+45 ']) + `20 00 ${10 + pick(random, 90)} ${10 + pick(random, 90)}`,
    ...claimAt(random, today, index),
    ...(index % 40 === 39 ? closedCells(random, today) : { status: 'Åben', closed_on: '', close_reason: '' }),
  }
}

/** With and without the hyphen; now and then as a spreadsheet user repairs it, without its first zero. */
function written(digits: string, index: number): string {
  if (index % 3 === 0) return digits
  const hyphened = `${digits.slice(0, 6)}-${digits.slice(6)}`
  return index % 13 === 1 && hyphened.startsWith('0') ? hyphened.slice(1) : hyphened
}

/** Begins with 9: no such number has been given out so far. */
function fictiveCvr(random: () => number): string {
  const first = String(9_000_000 + pick(random, 1_000_000))
  const sum = [2, 7, 6, 5, 4, 3, 2].reduce((total, weight, at) => total + weight * Number(first[at]), 0)
  const check = (11 - (sum % 11)) % 11
  return check === 10 ? fictiveCvr(random) : `${first}${check}`
}

type ClaimField =
  'principal' | 'interest' | 'fee' | 'currency' | 'invoice_number' | 'invoice_date' | 'due_date' | 'claim_text' | 'note'

function claimAt(random: () => number, today: string, index: number): Pick<Cells, ClaimField> {
  const invoiced = 60 + pick(random, 900)
  return {
    principal: formatAmount(10_000 + pick(random, 2_500_000)),
    interest: one(random, ['', formatAmount(pick(random, 50_000))]),
    fee: one(random, ['', '100,00', '200,00', '300,00']),
    currency: one(random, ['', 'DKK']),
    invoice_number: `F${20_000 + index}`,
    invoice_date: danishDay(today, invoiced),
    due_date: danishDay(today, invoiced - 30),
    claim_text: one(random, CLAIMS),
    note: one(random, NOTES),
  }
}

function closedCells(random: () => number, today: string): Pick<Cells, 'status' | 'closed_on' | 'close_reason'> {
  const reason = one(random, ['Betalt', 'Tilbagekaldt', 'Afskrevet'])
  return { status: 'Lukket', closed_on: danishDay(today, 1 + pick(random, 20)), close_reason: reason }
}

function monthLater(cells: Cells, options: PortfolioOptions, index: number): Cells {
  const random = randomFrom(options.seed, index, 1)
  const fate = random()
  if (cells.status === 'Lukket' || fate >= 0.43) return cells
  if (fate < 0.1) return { ...cells, ...closedCells(random, options.today ?? DEFAULT_TODAY) }
  return { ...cells, principal: formatAmount(10_000 + pick(random, 2_500_000)) }
}

function danishDay(today: string, daysBefore: number): string {
  const date = new Date(Date.parse(`${today}T00:00:00Z`) - daysBefore * 86_400_000)
  return isoDate(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate())
    .split('-')
    .reverse()
    .join('-')
}

function pick(random: () => number, below: number): number {
  return Math.floor(random() * below)
}

function one<Item>(random: () => number, items: readonly Item[]): Item {
  return items[pick(random, items.length)] as Item
}

/** Repeatable numbers from 0 to 1 (mulberry32), a sequence of its own for every row and use. */
function randomFrom(seed: number, index: number, use: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b) ^ Math.imul(use + 1, 0xc2b2ae35)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
