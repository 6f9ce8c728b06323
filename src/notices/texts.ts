/** The words of notices, Danish and English. What the policy decides stands in the policy and is put in. */
type Both<Text> = { readonly da: Text; readonly en: Text }

/** Seen from outside, in a list of mails or at a printer: says nothing of what it is about. */
export const NEUTRAL: Both<string> = {
  da: 'Besked om dine personoplysninger',
  en: 'A message about your personal data',
}

export type Words = {
  readonly collectedTitle: string
  collected(controller: string, day: string, creditor: string): string
  reference(reference: string, creditor: string): string
  readonly collectedBelow: string
  readonly passedTitle: string
  passed(controller: string, day: string, recipient: string): string
  readonly passedBelow: string
  readonly objectHeading: string
  object(officer: string, phone: string): readonly string[]
  readonly heldHeading: string
  readonly passedFieldsHeading: string
  readonly whyHeading: string
  basis(article: string): string
  demand(basis: string): string
  readonly purposesHeading: string
  readonly sourceHeading: string
  source(creditor: string, day: string): string
  readonly recipientsHeading: string
  recipient(kind: string, name: string): string
  readonly retentionHeading: string
  readonly rightsHeading: string
  readonly rights: readonly string[]
  readonly complaintHeading: string
  readonly contactHeading: string
  company(name: string, number: string): string
  officer(email: string): string
  footer(version: number, validFrom: string, noticeId: string): string
  to(name: string): string
}

/** The words by language. */
export const WORDS: Both<Words> = {
  da: {
    collectedTitle: 'Vi har fået oplysninger om dig',
    collected: (controller, day, creditor) =>
      `Vi er ${controller}. Den ${day} fik vi oplysninger om dig fra ${creditor}. Vi er dataansvarlig for dem.`,
    reference: (reference, creditor) => `Sagen har nummer ${reference} hos ${creditor}.`,
    collectedBelow: 'Her kan du se, hvad vi har, hvad vi bruger det til, og hvilke rettigheder du har.',
    passedTitle: 'Vi har givet oplysninger om dig videre',
    passed: (controller, day, recipient) =>
      `Vi er ${controller}. Den ${day} gav vi oplysninger om dig til ${recipient}.`,
    passedBelow: 'Her kan du se, hvad vi gav videre, hvorfor, og hvilke rettigheder du har.',
    objectHeading: 'Du kan gøre indsigelse',
    object: (officer, phone) => [
      `Du kan når som helst sige nej til, at vi bruger oplysninger om dig. Skriv til ${officer}, eller ring ${phone}.`,
      'Du behøver ikke skrive hvorfor. Vi holder op med at bruge oplysningen, mens vi tager stilling.',
    ],
    heldHeading: 'Det har vi om dig',
    passedFieldsHeading: 'Det gav vi videre',
    whyHeading: 'Derfor gav vi det videre',
    basis: article => `Det må vi efter ${article}.`,
    demand: basis => `Myndigheden har forlangt det efter ${basis}.`,
    purposesHeading: 'Det bruger vi det til',
    sourceHeading: 'Herfra har vi det',
    source: (creditor, day) => `Vi fik det fra ${creditor} den ${day}.`,
    recipientsHeading: 'De kan få det',
    recipient: (kind, name) => `${kind}: ${name}`,
    retentionHeading: 'Så længe gemmer vi det',
    rightsHeading: 'Det kan du bede os om',
    rights: [
      'Du kan få at se, hvad vi har om dig, og få en kopi. Det er gratis.',
      'Du kan få rettet det, der er forkert.',
      'Du kan få slettet det, vi ikke længere må have.',
      'Du kan få os til at lade være med at bruge det, mens vi undersøger det.',
      'Du får svar senest en måned efter, at vi har fået din henvendelse.',
    ],
    complaintHeading: 'Du kan klage',
    contactHeading: 'Her kan du få fat i os',
    company: (name, number) => `${name}, CVR-nr. ${number}`,
    officer: email => `Vores databeskyttelsesrådgiver: ${email}`,
    footer: (version, validFrom, noticeId) =>
      `Udgave ${version} af vores politik, som gælder fra ${validFrom}. Beskedens nummer: ${noticeId}`,
    to: name => `Til ${name}`,
  },
  en: {
    collectedTitle: 'We have received data about you',
    collected: (controller, day, creditor) =>
      `We are ${controller}. On ${day} we received data about you from ${creditor}. We are the controller of it.`,
    reference: (reference, creditor) => `The case has number ${reference} at ${creditor}.`,
    collectedBelow: 'Here you can see what we have, what we use it for, and which rights you have.',
    passedTitle: 'We have passed on data about you',
    passed: (controller, day, recipient) =>
      `We are ${controller}. On ${day} we passed on data about you to ${recipient}.`,
    passedBelow: 'Here you can see what we passed on, why, and which rights you have.',
    objectHeading: 'You can object',
    object: (officer, phone) => [
      `You can say no to our use of data about you at any time. Write to ${officer}, or call ${phone}.`,
      'You need not say why. We stop using the data while we decide.',
    ],
    heldHeading: 'What we have about you',
    passedFieldsHeading: 'What we passed on',
    whyHeading: 'Why we passed it on',
    basis: article => `The law that lets us: ${article}.`,
    demand: basis => `The authority has demanded it under ${basis}.`,
    purposesHeading: 'What we use it for',
    sourceHeading: 'Where we have it from',
    source: (creditor, day) => `We received it from ${creditor} on ${day}.`,
    recipientsHeading: 'Who may receive it',
    recipient: (kind, name) => `${kind}: ${name}`,
    retentionHeading: 'How long we keep it',
    rightsHeading: 'What you can ask of us',
    rights: [
      'You can see what we have about you and get a copy. It is free.',
      'You can have what is wrong corrected.',
      'You can have erased what we may no longer hold.',
      'You can have us stop using it while we look into it.',
      'You will have our answer within one month of when we received your request.',
    ],
    complaintHeading: 'You can complain',
    contactHeading: 'How to reach us',
    company: (name, number) => `${name}, company number (CVR) ${number}`,
    officer: email => `Our data protection officer: ${email}`,
    footer: (version, validFrom, noticeId) =>
      `Version ${version} of our policy, in force from ${validFrom}. Number of this message: ${noticeId}`,
    to: name => `To ${name}`,
  },
}
