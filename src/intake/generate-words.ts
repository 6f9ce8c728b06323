/** Words that synthetic portfolios are made of. All letters exist in Windows-1252. */
export const FIRST_NAMES =
  'Anne Kirsten Mette Hanne Helle Søren Jens Niels Lars Jørgen Åse Østen René Zoë Ida Freja Emil Noah Malthe Signe ' +
  'Bjørn Gülsüm Ahmed Fatima José Birgitte Karen Ole Preben'
export const LAST_NAMES =
  'Jensen Nielsen Hansen Pedersen Andersen Christensen Larsen Sørensen Rasmussen Jørgensen Møller Østergaard ' +
  'Åkjær Kjærgaard Bæk Krogh Müller Yilmaz Søby-Holm Thorsen'
export const STREETS =
  'Nørregade Søndergade Vestergade Østergade Algade Åboulevarden Skovvej Møllevej Kirkevej Rosenvænget Æblehaven ' +
  'Strandvejen Jernbanegade Bøgevej Havnegade'
/** Postcode and city; the first shows that a postcode may begin with 0. */
export const PLACES: readonly (readonly [string, string])[] = [
  ['0999', 'København C'],
  ['1620', 'København V'],
  ['2100', 'København Ø'],
  ['2500', 'Valby'],
  ['3700', 'Rønne'],
  ['4000', 'Roskilde'],
  ['5000', 'Odense C'],
  ['6400', 'Sønderborg'],
  ['7100', 'Vejle'],
  ['8000', 'Aarhus C'],
  ['8900', 'Randers C'],
  ['9000', 'Aalborg'],
  ['9990', 'Skagen'],
]
export const CLAIMS: readonly string[] = [
  'Abonnement, mobil',
  'Køb på konto',
  'Husleje; fællesudgifter',
  'Elforbrug 2. kvartal',
  'Forsikringspræmie',
  'Medlemskab "Aktiv"',
]
export const NOTES: readonly string[] = [
  '',
  '',
  '',
  '',
  'Ønsker afdragsordning',
  'Ringede 3 gange\nintet svar',
  'Bestrider renten',
]
