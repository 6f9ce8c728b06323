/** Face of the pages: the safe template, the frame, the parts, the formats and the sheet. */
export { attributes, escape, html, raw, toText, type Attributes, type Content, type Html } from './html.ts'
export {
  formatAmount,
  formatClock,
  formatCount,
  formatDay,
  formatMoment,
  formatPeriod,
  formatValue,
  formatWeekday,
  keepTogether,
  type Bilingual,
  type Language,
} from './format.ts'
export { contentSecurityPolicy, localPath, renderDocument, type Company, type Shell } from './layout.ts'
export {
  dataTable,
  emptyState,
  icon,
  keyValues,
  limitBar,
  marked,
  notice,
  pick,
  problemContent,
  tag,
  unmarked,
  type DataTable,
  type ProblemText,
  type Tone,
} from './parts.ts'
export { stylesheet, type Stylesheet } from './stylesheet.ts'
