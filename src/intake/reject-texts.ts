/** What is wrong with a row, what its sender can do about it, and the clause that says so: in Danish and English. */
import type { AmountCode } from '../lib/amount.ts'
import type { CprCode, CprWarning } from '../lib/cpr.ts'
import type { CvrCode } from '../lib/cvr.ts'
import type { DateCode } from '../lib/danish-date.ts'
import type { EmailCode } from '../lib/email.ts'
import type { PhoneCode } from '../lib/phone.ts'
import type { PostcodeCode } from '../lib/postcode.ts'
import { FILE_TEXTS, type FileCode } from './file-texts.ts'
import type { ScreenCode } from './screen.ts'

/** Every code that a row can be refused or remarked with. Stable: clients' systems may act on them. */
export type RejectCode =
  | AmountCode
  | CprCode
  | CprWarning
  | CvrCode
  | DateCode
  | EmailCode
  | PhoneCode
  | PostcodeCode
  | ScreenCode
  | 'required'
  | 'identity_missing'
  | 'name_form'
  | 'text_long'
  | 'text_mangled'
  | 'cpr_born_future'
  | 'cpr_replacement'
  | 'amount_limit'
  | 'amount_negative'
  | 'balance_zero'
  | 'balance_negative'
  | 'currency_unknown'
  | 'country_unknown'
  | 'date_future'
  | 'due_before_invoice'
  | 'status_unknown'
  | 'status_contradiction'
  | 'status_paid_open'
  | 'closed_on_assumed'
  | 'close_reason_other'
  | 'note_sensitive'

/** What is wrong, then what to do about it. No text has a place for a value. */
export type Explanation = { readonly da: readonly [string, string]; readonly en: readonly [string, string] }

/** The texts of a code for the reject file: `[what is wrong, remedy]` in each language. */
export function explain(code: RejectCode | FileCode): Explanation {
  return code in FILE_TEXTS ? FILE_TEXTS[code as FileCode] : ROW_TEXTS[code as RejectCode]
}

/** The clause behind a code: S13 for what must not be written there, S14 for what is not taken, else S20. */
export function clauseOf(code: RejectCode): 'S13' | 'S14' | 'S20' {
  if (code === 'note_sensitive') return 'S14'
  return code === 'card_in_text' || code === 'card_secret_in_text' || code === 'cpr_in_text' ? 'S13' : 'S20'
}

export const ROW_TEXTS: { readonly [code in RejectCode]: Explanation } = {
  required: {
    da: ['Feltet skal være udfyldt.', 'Udfyld det, og send rækken igen.'],
    en: ['This field must be filled in.', 'Fill it in and send the row again.'],
  },
  identity_missing: {
    da: ['Rækken siger ikke, hvem personen er.', 'Angiv CPR, CVR, eller adresse og postnummer.'],
    en: ['The row does not say who the person is.', 'Give CPR, CVR, or address and postcode.'],
  },
  name_form: {
    da: ['Det er ikke et navn.', 'Skriv skyldnerens fulde navn.'],
    en: ['This is not a name.', "Write the debtor's full name."],
  },
  text_long: {
    da: ['Teksten er for lang til feltet.', 'Kort den af, eller kontrollér kolonnerne.'],
    en: ['The text is too long for this field.', 'Shorten it, or check the columns.'],
  },
  text_mangled: {
    da: ['Bogstaverne er ødelagt af en forkert tegnkodning.', 'Ret teksten hos jer, og send rækken som UTF-8.'],
    en: ['The letters were broken by a wrong encoding.', 'Correct the text at your end and send the row as UTF-8.'],
  },
  card_in_text: {
    da: ['Feltet indeholder et kortnummer.', 'Fjern kortnummeret, også hos jer selv, og send rækken igen.'],
    en: ['The field holds a payment card number.', 'Remove it, also from your own system, and send the row again.'],
  },
  card_secret_in_text: {
    da: ['Feltet indeholder kontrolcifre fra et betalingskort.', 'Fjern dem, også hos jer selv.'],
    en: ['The field holds the security code of a card.', 'Remove it, also from your own system.'],
  },
  cpr_in_text: {
    da: ['Feltet indeholder et CPR-nummer.', 'Skriv CPR-nummeret i sin egen kolonne og kun der.'],
    en: ['The field holds a CPR number.', 'Write the CPR number in its own column and nowhere else.'],
  },
  cpr_form: {
    da: ['Det er ikke et CPR-nummer.', 'Skriv ti cifre som tekst: DDMMÅÅ-SSSS.'],
    en: ['This is not a CPR number.', 'Write ten digits as text: DDMMYY-SSSS.'],
  },
  cpr_date: {
    da: ['De første seks cifre er ikke en dato.', 'Kontrollér CPR-nummeret hos jer.'],
    en: ['The first six digits are not a date.', 'Check the CPR number in your system.'],
  },
  cpr_leading_zero: {
    da: ['CPR-nummeret har ni cifre, og det er usikkert, hvilket der mangler.', 'Gem kolonnen som tekst med ti cifre.'],
    en: ['The CPR number has nine digits; which one is missing is uncertain.', 'Save the column as text, ten digits.'],
  },
  cpr_masked: {
    da: ['CPR-nummeret er skjult.', 'Send hele nummeret, eller lad feltet være tomt og angiv adressen.'],
    en: ['The CPR number is masked.', 'Send the whole number, or leave it empty and give the address.'],
  },
  cpr_born_future: {
    da: ['CPR-nummeret giver en fødselsdag i fremtiden.', 'Kontrollér CPR-nummeret hos jer.'],
    en: ['The CPR number gives a birthday in the future.', 'Check the CPR number in your system.'],
  },
  cpr_modulus: {
    da: ['CPR-nummeret opfylder ikke modulus 11.', 'Det kan være rigtigt; se efter, om det er tastet forkert.'],
    en: ['The CPR number fails modulus 11.', 'It may be right; check that it was typed correctly.'],
  },
  cpr_zero_restored: {
    da: ['Et nul foran CPR-nummeret var gået tabt og er sat på igen.', 'Gem kolonnen som tekst næste gang.'],
    en: ['A zero lost from the front of the CPR number was put back.', 'Save the column as text next time.'],
  },
  cpr_replacement: {
    da: ['Det er et erstatningsnummer, ikke et CPR-nummer.', 'Send CPR-nummeret, hvis I har det.'],
    en: ['This is a replacement number, not a CPR number.', 'Send the CPR number if you have it.'],
  },
  cvr_form: {
    da: ['Det er ikke et CVR-nummer.', 'Skriv otte cifre.'],
    en: ['This is not a CVR number.', 'Write eight digits.'],
  },
  cvr_check: {
    da: ['CVR-nummeret findes ikke: kontrolcifret passer ikke.', 'Slå nummeret op på virk.dk.'],
    en: ['No such CVR number: its check digit is wrong.', 'Look the number up at virk.dk.'],
  },
  postcode_form: {
    da: ['Det er ikke et postnummer i det land.', 'Kontrollér postnummer og land.'],
    en: ['This is not a postcode of that country.', 'Check postcode and country.'],
  },
  postcode_short: {
    da: ['Postnummeret har tre cifre.', 'Skriv fire cifre, eller landet FO for Færøerne.'],
    en: ['The postcode has three digits.', 'Write four digits, or the country FO for the Faroe Islands.'],
  },
  postcode_range: {
    da: ['Postnummeret findes ikke.', 'Danske postnumre går fra 0555 til 9990.'],
    en: ['No such postcode.', 'Danish postcodes run from 0555 to 9990.'],
  },
  country_unknown: {
    da: ['Landet er ukendt.', 'Skriv en landekode på to bogstaver, fx DK.'],
    en: ['The country is unknown.', 'Write a country code of two letters, e.g. DK.'],
  },
  email_form: {
    da: ['Det er ikke netop én e-mailadresse; den er ikke taget med.', 'Skriv én adresse uden navn.'],
    en: ['This is not exactly one e-mail address; it was not taken.', 'Write one address without a name.'],
  },
  email_long: {
    da: ['E-mailadressen er for lang; den er ikke taget med.', 'Højst 254 tegn, 64 før @.'],
    en: ['The e-mail address is too long; it was not taken.', 'At most 254 characters, 64 before the @.'],
  },
  phone_form: {
    da: ['Det er ikke netop ét telefonnummer; det er ikke taget med.', 'Skriv otte cifre, eller + og landekode.'],
    en: ['This is not exactly one telephone number; it was not taken.', 'Write eight digits, or + and country code.'],
  },
  phone_invalid: {
    da: ['Telefonnummeret findes ikke i landets nummerplan; det er ikke taget med.', 'Kontrollér nummeret.'],
    en: ['No such number in that numbering plan; it was not taken.', 'Check the number.'],
  },
  amount_form: {
    da: ['Det er ikke et beløb.', 'Skriv fx 1.234,56.'],
    en: ['This is not an amount.', 'Write e.g. 1234.56.'],
  },
  amount_ambiguous: {
    da: [
      'Tegnet kan dele tusinder eller ører.',
      'Skriv ører med (1.234,00), eller gem decimaltegnet i kolonneopsætningen.',
    ],
    en: [
      'The mark may part thousands or hundredths.',
      'Write hundredths (1,234.00), or save the decimal mark in the mapping.',
    ],
  },
  amount_decimals: {
    da: ['Beløbet har dele af en øre.', 'Afrund til to decimaler.'],
    en: ['The amount has parts of a hundredth.', 'Round to two decimals.'],
  },
  amount_too_large: {
    da: ['Beløbet er for stort.', 'Kontrollér decimaltegnet.'],
    en: ['The amount is too large.', 'Check the decimal mark.'],
  },
  amount_limit: {
    da: ['Beløbet er over 10.000.000,00.', 'Kontrollér decimaltegnet; tal ellers med os først.'],
    en: ['The amount is above 10,000,000.00.', 'Check the decimal mark; otherwise talk to us first.'],
  },
  amount_negative: {
    da: ['Renter og gebyrer kan ikke være negative.', 'Træk beløbet fra hovedstolen.'],
    en: ['Interest and fees cannot be negative.', 'Deduct the amount from the principal.'],
  },
  balance_zero: {
    da: ['Der er ingen gæld.', 'Send ikke betalte sager, eller sæt status til lukket.'],
    en: ['There is no debt.', 'Leave paid cases out, or set the status to closed.'],
  },
  balance_negative: {
    da: ['Saldoen er negativ: personen har penge til gode.', 'Send ikke sagen.'],
    en: ['The balance is negative: the person is owed money.', 'Do not send this case.'],
  },
  currency_unknown: {
    da: ['Valutaen tages ikke.', 'Brug DKK, EUR, SEK, NOK, USD, GBP, CHF eller PLN.'],
    en: ['This currency is not taken.', 'Use DKK, EUR, SEK, NOK, USD, GBP, CHF or PLN.'],
  },
  date_form: {
    da: ['Det er ikke en dato.', 'Skriv dd-mm-åååå eller åååå-mm-dd.'],
    en: ['This is not a date.', 'Write dd-mm-yyyy or yyyy-mm-dd.'],
  },
  date_two_digit_year: {
    da: ['Årstallet har kun to cifre.', 'Skriv alle fire.'],
    en: ['The year has only two digits.', 'Write all four.'],
  },
  date_not_real: {
    da: ['Datoen findes ikke i kalenderen.', 'Skriv dag før måned.'],
    en: ['The calendar has no such day.', 'Write the day before the month.'],
  },
  date_future: {
    da: ['Datoen ligger i fremtiden.', 'Send først sagen, når kravet er forfaldent.'],
    en: ['The date is in the future.', 'Send the case when the claim has fallen due.'],
  },
  due_before_invoice: {
    da: ['Kravet forfalder før fakturaens dato.', 'Kontrollér de to datoer.'],
    en: ['The claim falls due before the invoice date.', 'Check the two dates.'],
  },
  status_unknown: {
    da: ['Status er ukendt.', 'Brug fx åben, lukket, betalt, tilbagekaldt, afskrevet, forældet eller overdraget.'],
    en: ['The status is unknown.', 'Use e.g. open, closed, paid, recalled, written off, time-barred or assigned.'],
  },
  status_contradiction: {
    da: ['Status og lukkedato modsiger hinanden.', 'Ret den ene.'],
    en: ['Status and closing date contradict each other.', 'Correct one of them.'],
  },
  status_paid_open: {
    da: ['Status er betalt, men der står et beløb tilbage.', 'Sæt saldoen til 0, eller angiv en lukkedato.'],
    en: ['The status is paid, yet an amount is outstanding.', 'Set the balance to 0, or give a closing date.'],
  },
  closed_on_assumed: {
    da: ['Lukkedatoen mangler; modtagelsesdagen er brugt.', 'Angiv datoen næste gang.'],
    en: ['The closing date is missing; the day of receipt was used.', 'Give the date next time.'],
  },
  close_reason_other: {
    da: ['Lukkeårsagen er ukendt og registreret som anden årsag.', 'Brug fx betalt eller tilbagekaldt.'],
    en: ['The closing reason is unknown and recorded as other.', 'Use e.g. paid or recalled.'],
  },
  note_sensitive: {
    da: ['Noten røber noget følsomt og er ikke taget med.', 'Skriv kun, hvad kravet kræver.'],
    en: ['The note tells something sensitive and was not taken.', 'Write only what the claim needs.'],
  },
}
