/** What the officer's report adds to the sheet of all pages: its drawings and the lists beside them. */

export const REPORT_STYLE = `
.report { padding-bottom: 3rem }
.report .over { color: var(--ink2) }
.report .hero { padding-bottom: 2.5rem }
.report .sites { border-top: 2px solid var(--ink) }
.report .sites li { display: flex; flex-wrap: wrap; align-items: center; gap: 0.375rem 1rem; padding-block: 0.75rem;
  border-bottom: 1px solid var(--line) }
.report .sites a { flex: 1 1 10rem; font-weight: 650 }
.report .tags { display: flex; flex-wrap: wrap; gap: 0.375rem }
.report .site { padding-top: clamp(3rem, 7vw, 5rem) }
.report .site > header { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem 1rem; padding-bottom: 0.75rem;
  border-bottom: 2px solid var(--ink) }
.report .site h2 { overflow-wrap: anywhere }
.report h3 { font-size: 1.125rem }
.report .part { display: grid; gap: 0.75rem 2.5rem; grid-template-columns: minmax(0, 1fr); padding-block: 2rem;
  border-bottom: 1px solid var(--line) }
.report .part > header { display: grid; gap: 0.375rem; align-content: start }
.report .part > header p { max-width: 60ch; font-size: 0.875rem; color: var(--ink2) }
.report .part > div { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1rem; min-width: 0;
  align-content: start }
.report .broken { display: grid; gap: 1.75rem }
.report .broken > li { display: grid; grid-template-columns: 2.5rem minmax(0, 1fr); gap: 0 0.5rem }
.report .broken .sentence { font-size: 1.1875rem }
.report .broken ul { margin-top: 0.5rem; border-top: 1px solid var(--line) }
.report .broken ul li { display: grid; gap: 0.125rem; padding-block: 0.625rem; border-bottom: 1px solid var(--line) }
.report .broken .what { display: flex; flex-wrap: wrap; align-items: center; gap: 0.25rem 0.625rem }
.report .plot { display: grid; grid-template-columns: 3rem minmax(0, 1fr); gap: 0 0.75rem; font-size: 0.8125rem;
  color: var(--ink2); font-variant-numeric: tabular-nums }
.report .plot > .scale { display: flex; flex-direction: column; justify-content: space-between; text-align: end;
  line-height: 1 }
.report .plot > .drift-scale { padding-block: 0.25rem; margin-top: 0.75rem }
.report .plot > .days { grid-column: 2; display: flex; justify-content: space-between; gap: 1rem;
  padding-top: 0.375rem }
.report svg.bars { display: block; width: 100%; height: 8.5rem; overflow: visible }
.report svg.drift { display: block; width: 100%; height: 2.75rem; margin-top: 0.75rem; overflow: visible }
.report svg.spark { display: block; width: 11rem; height: 1.75rem }
.report svg.share { display: block; width: 100%; height: 0.375rem }
.report svg path { fill: none; stroke: var(--line); stroke-width: 1; vector-effect: non-scaling-stroke }
.report svg path.axis { stroke: var(--edge) }
.report svg rect { vector-effect: non-scaling-stroke }
.report .breach { fill: var(--bad) }
.report .doubt { fill: var(--warn-soft); stroke: var(--warn); stroke-width: 1.5 }
.report .clean { fill: var(--ok) }
.report svg rect.part, .report .swatch .part { fill: none; stroke: var(--edge); stroke-width: 1.5;
  stroke-dasharray: 3 2 }
.report .added { fill: var(--ink2) }
.report .gone { fill: none; stroke: var(--ink2); stroke-width: 1.5 }
.report .count { fill: var(--accent) }
.report .none { fill: var(--line) }
.report .rail { fill: var(--line) }
.report .legend { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; font-size: 0.8125rem; color: var(--ink2) }
.report .legend li { display: flex; align-items: center; gap: 0.4375rem }
.report .swatch { width: 0.75rem; height: 0.75rem; flex: none; overflow: visible }
.report details .scroll { margin-top: 0.75rem }
.report .shares { display: grid; gap: 0.75rem; max-width: 32rem }
.report .shares > div { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0.25rem 1rem;
  align-items: baseline }
.report .shares dd { font-weight: 650; font-variant-numeric: tabular-nums }
.report .shares svg { grid-column: 1 / -1 }
.report .list th code { font-weight: 600 }
.report .list :is(th, td) { min-width: 5.5rem; padding-inline-end: 1rem }
.report .list tbody th { min-width: 9.5rem }
.report .list .wide { min-width: 13rem }
.report .plans .failed { display: block; font-size: 0.875rem; color: var(--warn) }
.report .plans li + li { margin-top: 0.5rem }
.report .foot p + p { margin-top: 0.375rem }
.report .foot { padding-inline: 0; background: none }
@media (max-width: 40rem) {
  .report svg.spark { width: 7rem }
}
@media (min-width: 60rem) {
  .report .part { grid-template-columns: 15rem minmax(0, 1fr) }
}
@media (forced-colors: active) {
  .report svg rect.breach, .report svg rect.count, .report svg rect.added { fill: CanvasText }
  .report svg rect.doubt, .report svg rect.gone { fill: Canvas; stroke: CanvasText }
}
@media print {
  .report .part, .report .broken > li { break-inside: avoid }
  .report svg { print-color-adjust: exact }
  details::details-content { content-visibility: visible; display: block }
}
`
