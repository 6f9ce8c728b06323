/**
 * What each right does to each table about persons, or why not. A table with a person in it that is not named
 * here fails the tests, so nobody can add one and forget access (Art. 15), erasure (17) or restriction (18).
 */

export type Covered = {
  /** Part of the access reply it appears in, or why it does not. */
  readonly export: { readonly as: string } | { readonly not: string }
  /** How it ends. */
  readonly erase: string
  /** What a restriction does to it. */
  readonly restrict: string
}

const FACTS_ONLY = 'holds ids, codes and dates only; who they are about is nobody once the person’s key is destroyed'
const NOT_USED =
  'is read for the rights and for its own deadline only; restricting it would keep a promise from being kept'

/** Schema and table -> what happens to it. The access reply's parts are named as in its JSON. */
export const COVERAGE: { readonly [table: string]: Covered } = {
  'subjects.subject': {
    export: { as: 'subjectId' },
    erase: 'subjects.forget destroys the key when nothing is left that needs it; the bare id stays as a tombstone',
    restrict: 'holds no data; its records are restricted one by one',
  },
  'subjects.record': {
    export: { as: 'records, erased' },
    erase: 'subjects.erase destroys key and text and leaves category, time and reason',
    restrict: 'restricted_at; the policy then refuses every use but storage, consent, claims and access',
  },
  'subjects.lookup': {
    export: { not: 'keyed digests of values that stand in the reply themselves' },
    erase: 'goes with its record in subjects.erase',
    restrict: 'finding a person gives an id and no data; the record behind it is restricted',
  },
  'subjects.opening': {
    export: { as: 'log' },
    erase: 'becomes noise when the person’s own key is destroyed',
    restrict: 'a record of what was done, kept as proof (Art. 5(2))',
  },
  'work.relationship': {
    export: { as: 'relationships' },
    erase: 'its digests are emptied by subjects.forget; dates and codes stay',
    restrict: 'disputed_on stops collecting; its records are restricted',
  },
  'work.lawyer': {
    export: { as: 'relationships[].lawyers' },
    erase: FACTS_ONLY,
    restrict: 'a restricted record goes to no lawyer',
  },
  'work.demand': {
    export: { as: 'demands' },
    erase: 'its sealed reference becomes noise when the person’s own key is destroyed',
    restrict: 'a restricted record goes to no authority, whatever was demanded',
  },
  'work.voucher': {
    export: { as: 'vouchers' },
    erase: `kept to its floor by law (S23); ${FACTS_ONLY}`,
    restrict: 'Art. 17(3)(b): bookkeeping is kept; the record it ties is restricted',
  },
  'work.item': {
    export: {
      not: 'work on a request or disclosure, which stand in the reply themselves, with who worked on them in the log',
    },
    erase: FACTS_ONLY,
    restrict: NOT_USED,
  },
  'work.hold': { export: { as: 'holds' }, erase: 'lifted, and looked at again by its date', restrict: NOT_USED },
  'intake.review': {
    export: { as: 'unmatched, reviews' },
    erase: 'settled within a month; the sealed row is a record of its provisional person and is erased as one',
    restrict: 'nothing is done with a waiting row but settling it',
  },
  'notices.notice': { export: { as: 'notices' }, erase: FACTS_ONLY, restrict: NOT_USED },
  'consents.consent': {
    export: { as: 'consents' },
    erase: 'its sealed words become noise when the person’s own key is destroyed; the hash stays as proof (Art. 7(1))',
    restrict: 'consent is what Art. 18(2) leaves possible; withdrawing is always open',
  },
  'consents.event': { export: { as: 'consents[].events' }, erase: FACTS_ONLY, restrict: 'as its consent' },
  'disclosure.disclosure': {
    export: { as: 'disclosures' },
    erase: FACTS_ONLY,
    restrict: 'made before; a new one of a restricted record is refused',
  },
  'disclosure.package': {
    export: { as: 'disclosures[].package' },
    erase: 'its bytes go when it expires, in 31 days at most',
    restrict: 'made before; it expires by itself',
  },
  'cookies.link': {
    export: { as: 'cookies.links' },
    erase: 'what ties the browser to the person goes with the last they gave that site; dates and codes stay',
    restrict: 'an objection ends every link at once',
  },
  'requests.request': { export: { as: 'requests' }, erase: FACTS_ONLY, restrict: NOT_USED },
  'requests.objected': { export: { as: 'requests[].records' }, erase: FACTS_ONLY, restrict: NOT_USED },
}
