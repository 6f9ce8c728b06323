/** The options of `indsigt scan`, with their words. */
import type { OptionSpec } from '../platform/command.ts'

export const scanOptions: { readonly [name: string]: OptionSpec } = {
  register: {
    type: 'string',
    value: 'FILE',
    text: {
      da: 'Cookielisten: en politikfil eller en liste i JSON (ellers politikken i brug)',
      en: 'The cookie list: a policy file or a list in JSON (else the policy in use)',
    },
  },
  site: {
    type: 'string',
    value: 'HOST',
    text: {
      da: 'Webstedet på listen, når siderne er en kopi et andet sted',
      en: 'The site on the list, when the pages are a copy elsewhere',
    },
  },
  format: {
    type: 'string',
    value: 'text|json|html|sarif|junit',
    text: { da: 'Rapportens form', en: 'Form of the report' },
  },
  output: {
    type: 'string',
    value: 'FILE',
    text: { da: 'Ny fil til rapporten', en: 'New file for the report' },
  },
  personas: {
    type: 'string',
    value: 'A,B',
    text: { da: 'Besøgende (alle ni)', en: 'Visitors (all nine)' },
  },
  pages: {
    type: 'string',
    value: 'N',
    text: { da: 'Højst så mange sider (10)', en: 'At most so many pages (10)' },
  },
  dwell: {
    type: 'string',
    value: 'SECONDS',
    text: { da: 'Så længe står en side åben (16)', en: 'How long a page stands open (16)' },
  },
  limit: {
    type: 'string',
    value: 'SECONDS',
    text: { da: 'Længste tid i alt (300)', en: 'Longest time in all (300)' },
  },
  script: {
    type: 'string',
    value: 'FILE',
    text: {
      da: 'Trin til log-in i JSON; $NAVN hentes fra miljøet',
      en: 'Steps of a log-in in JSON; $NAME is read from the environment',
    },
  },
  against: {
    type: 'string',
    value: 'FILE',
    text: { da: 'Tidligere rapport i JSON, der sammenlignes med', en: 'Former report in JSON to compare with' },
  },
  allow: {
    type: 'string',
    value: 'HOST',
    isMany: true,
    text: {
      da: "Vært, adresse eller net, der må besøges, selv om det ikke er offentligt, f.eks. '*.localhost'",
      en: "Host, address or range that may be visited although it is not public, e.g. '*.localhost'",
    },
  },
  'fail-on': {
    type: 'string',
    value: 'breach|doubt|never',
    text: { da: 'Hvad der giver slutkode 1 (breach)', en: 'What gives exit code 1 (breach)' },
  },
  'no-store': {
    type: 'boolean',
    text: { da: 'Gem ikke rapporten i installationen', en: 'Do not keep the report in the installation' },
  },
}
