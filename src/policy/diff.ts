/** What differs between two policies, said so that a person can judge it. */
import type { Category, PolicyDocument, Text } from './types.ts'

export type ChangeArea =
  | 'clause'
  | 'rule'
  | 'purpose'
  | 'category'
  | 'retention'
  | 'field'
  | 'recipient'
  | 'channel'
  | 'site'
  | 'cookie'
  | 'controller'

export type PolicyChange = {
  readonly area: ChangeArea
  readonly kind: 'added' | 'removed' | 'changed'
  /** The code, id or name of what changed. */
  readonly code: string
  /** The names of the parts that differ, e.g. ['maximum', 'because']; empty when added or removed. */
  readonly parts: readonly string[]
  readonly text: Text
}

/** All changes from one document to another, in the order of the areas; empty when they say the same. */
export function diff(before: PolicyDocument, after: PolicyDocument): PolicyChange[] {
  const areas: readonly [area: ChangeArea, list: (document: PolicyDocument) => Named][] = [
    ['clause', document => byKey(document.clauses, clause => clause.id)],
    ['rule', document => byKey(document.rules, rule => rule.id)],
    ['purpose', document => document.purposes],
    ['category', document => withoutRetention(document.categories)],
    ['retention', document => retentionOf(document.categories)],
    ['field', document => document.fields],
    ['recipient', document => document.recipients],
    ['channel', document => document.channels],
    ['site', document => byKey(document.sites, site => site.host)],
    ['cookie', cookiesOf],
    ['controller', document => ({ controller: document.controller, complaint: document.complaint })],
  ]
  return areas.flatMap(([area, list]) => compare(area, list(before), list(after)))
}

type Named = { readonly [code: string]: unknown }

function compare(area: ChangeArea, before: Named, after: Named): PolicyChange[] {
  const codes = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return codes.flatMap(code => {
    if (!Object.hasOwn(before, code)) return [change({ area, kind: 'added', code, parts: [] })]
    if (!Object.hasOwn(after, code)) return [change({ area, kind: 'removed', code, parts: [] })]
    const parts = differing(before[code], after[code])
    return parts.length > 0 ? [change({ area, kind: 'changed', code, parts })] : []
  })
}

function differing(before: unknown, after: unknown): string[] {
  if (same(before, after)) return []
  if (!isRecord(before) || !isRecord(after)) return ['value']
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return keys.filter(key => !same(before[key], after[key]))
}

function same(left: unknown, right: unknown): boolean {
  return canonical(left) === canonical(right)
}

// The order of keys in the file says nothing; the order in a list may.
function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_, inner: unknown) =>
      isRecord(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
    ) ?? 'absent'
  )
}

function isRecord(value: unknown): value is Named {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function byKey<Item>(items: readonly Item[], key: (item: Item) => string): Named {
  return Object.fromEntries(items.map(item => [key(item), item]))
}

function withoutRetention(categories: { readonly [code: string]: Category }): Named {
  return Object.fromEntries(
    Object.entries(categories).map(([code, category]) => [code, { ...category, retention: undefined }]),
  )
}

function retentionOf(categories: { readonly [code: string]: Category }): Named {
  return Object.fromEntries(Object.entries(categories).map(([code, category]) => [code, category.retention]))
}

function cookiesOf(document: PolicyDocument): Named {
  const { entries, categories, ...limits } = document.cookies
  return {
    ...byKey(entries, entry => `${entry.name} ${entry.site ?? ''}`.trimEnd()),
    ...byKey(Object.entries(categories), ([code]) => `(${code})`),
    '(limits)': limits,
  }
}

const AREAS: { readonly [area in ChangeArea]: Text } = {
  clause: { da: 'Løfte', en: 'Clause' },
  rule: { da: 'Regel', en: 'Rule' },
  purpose: { da: 'Formål', en: 'Purpose' },
  category: { da: 'Kategori', en: 'Category' },
  retention: { da: 'Opbevaringstid for', en: 'Retention of' },
  field: { da: 'Felt', en: 'Field' },
  recipient: { da: 'Modtager', en: 'Recipient' },
  channel: { da: 'Kanal', en: 'Channel' },
  site: { da: 'Websted', en: 'Site' },
  cookie: { da: 'Cookie', en: 'Cookie' },
  controller: { da: 'Dataansvarlig:', en: 'Controller:' },
}
const KINDS = {
  added: { da: 'tilføjet', en: 'added' },
  removed: { da: 'fjernet', en: 'removed' },
  changed: { da: 'ændret', en: 'changed' },
} as const

function change({ area, kind, code, parts }: Omit<PolicyChange, 'text'>): PolicyChange {
  const rest = parts.length === 0 ? '' : ` (${parts.join(', ')})`
  const text = {
    da: `${AREAS[area].da} ${code} ${KINDS[kind].da}${rest}`,
    en: `${AREAS[area].en} ${code} ${KINDS[kind].en}${rest}`,
  }
  return { area, kind, code, parts, text }
}
