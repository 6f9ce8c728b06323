/** The sheet of the report page: it travels inside the file, so that the page asks nobody for anything. */

export const STYLE = `
:root { color-scheme: light dark; --bg: #fbfaf7; --card: #fff; --sunken: #f2f0ea; --line: #dcd8cf; --ink: #1a1d21;
  --soft: #4a5056; --accent: #0a5566; --ok: #17663a; --ok-bg: #e1f2e6; --warn: #835000; --warn-bg: #fcefd3;
  --bad: #b0241c; --bad-bg: #fde8e5; --note: #4a5056; --note-bg: #f2f0ea;
  --sans: -apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', Arial, sans-serif;
  --mono: ui-monospace, 'SF Mono', 'Cascadia Mono', Consolas, 'Liberation Mono', monospace }
@media screen and (prefers-color-scheme: dark) { :root { --bg: #121518; --card: #1a1e22; --sunken: #20252a; --line:
  #333a40; --ink: #edebe6; --soft: #bcc1c4; --accent: #82cbd9; --ok: #7fd09a; --ok-bg: #14301f; --warn: #f1bd62;
  --warn-bg: #362810; --bad: #ff9d92; --bad-bg: #401b18; --note: #bcc1c4; --note-bg: #20252a } }
*, ::before, ::after { box-sizing: border-box }
body { margin: 0; background: var(--bg); color: var(--ink); font: 1.0625rem/1.55 var(--sans); overflow-wrap:
  anywhere }
.wrap { max-width: 66rem; margin-inline: auto; padding: clamp(1.5rem, 5vw, 3.5rem) clamp(1rem, 4vw, 2rem) 4rem }
h1, h2, h3, p, ul, dl, dd, table { margin: 0; padding: 0 }
h1, h2, h3 { line-height: 1.2; font-weight: 650; letter-spacing: -0.011em; text-wrap: balance }
h1 { font-size: clamp(1.75rem, 1.3rem + 2vw, 2.5rem); letter-spacing: -0.02em; line-height: 1.12 }
h2 { font-size: clamp(1.3125rem, 1.15rem + 0.7vw, 1.625rem); margin-top: 3.25rem }
h3 { font-size: 1.0625rem }
ul { list-style: none }
a { color: var(--accent); text-underline-offset: 0.18em }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 2px }
code { font: 0.875em/1.5 var(--mono) }
.over { color: var(--soft); margin-bottom: 0.5rem }
.lead { font-size: 1.1875rem; color: var(--soft); max-width: 60ch; margin-top: 0.75rem; text-wrap: pretty }
.verdict { display: grid; gap: 0.375rem; margin-top: 1.75rem; padding: 1.25rem 1.5rem; border-radius: 8px;
  border-inline-start: 6px solid var(--ok); background: var(--ok-bg) }
.verdict strong { font-size: 1.375rem; line-height: 1.25; color: var(--ok) }
.verdict.breach { border-color: var(--bad); background: var(--bad-bg) }
.verdict.breach strong { color: var(--bad) }
.verdict.doubt { border-color: var(--warn); background: var(--warn-bg) }
.verdict.doubt strong { color: var(--warn) }
.tally { display: flex; flex-wrap: wrap; gap: 0.75rem 2.5rem; margin-top: 1.5rem }
.tally div { display: flex; align-items: baseline; gap: 0.5rem }
.tally dt { order: 2; color: var(--soft) }
.tally dd { font-size: 2rem; line-height: 1; font-weight: 650; font-variant-numeric: tabular-nums }
.tally .breach dd { color: var(--bad) }
.tally .doubt dd { color: var(--warn) }
.tally .ok dd { color: var(--ok) }
.hint { color: var(--soft); max-width: 66ch; margin-top: 0.5rem; font-size: 0.9375rem }
.scroll { overflow-x: auto; margin-top: 1rem }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 0.9375rem }
th, td { padding: 0.5rem 1rem 0.5rem 0; text-align: start; vertical-align: top; border-bottom: 1px solid var(--line)
  }
thead th { font-size: 0.8125rem; color: var(--soft); font-weight: 600; white-space: nowrap }
tbody th { font-weight: 600; min-width: 9rem }
td { min-width: 6rem }
tbody th span { display: block; font-weight: 400; color: var(--soft); font-size: 0.8125rem }
.tag { display: inline-block; padding: 0.0625rem 0.5rem; border-radius: 99px; font-size: 0.8125rem; font-weight:
  600; line-height: 1.4; background: var(--note-bg); color: var(--note); white-space: nowrap }
.tag.ok { background: var(--ok-bg); color: var(--ok) }
.tag.breach { background: var(--bad-bg); color: var(--bad) }
.tag.doubt { background: var(--warn-bg); color: var(--warn) }
.clause { display: grid; grid-template-columns: 4rem 1fr; gap: 0 1.5rem; padding-top: 1.5rem; margin-top: 1.5rem;
  border-top: 1px solid var(--line) }
.clause > h3 { font-size: 1.75rem; color: var(--accent) }
.clause.whole { grid-template-columns: 1fr }
.clause > div { min-width: 0 }
.group + .group { margin-top: 1.75rem }
.group > header { display: grid; gap: 0.25rem; max-width: 66ch }
.group > header .tag { justify-self: start }
.group > header strong { font-weight: 650 }
.group > header p { color: var(--soft); font-size: 0.9375rem }
.things { margin-top: 0.75rem; border-top: 1px solid var(--line) }
details { border-bottom: 1px solid var(--line) }
summary { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0.125rem 0.75rem; padding: 0.5rem 0.25rem;
  cursor: pointer }
summary::before { content: '+'; color: var(--accent); font-weight: 650; width: 0.75rem }
details[open] > summary::before { content: '–' }
summary::-webkit-details-marker { display: none }
summary code { max-width: calc(100% - 2rem) }
summary span { color: var(--soft); font-size: 0.875rem }
summary .new { color: var(--warn); font-weight: 600 }
.facts { display: grid; gap: 0.25rem 1.5rem; padding: 0.25rem 0 1rem 1.5rem; font-size: 0.875rem }
.facts div { display: grid; grid-template-columns: 11rem 1fr; gap: 0 1rem }
.facts dt { color: var(--soft) }
.facts dd { min-width: 0 }
.facts dd span { display: block }
.facts.outer { padding: 1.25rem 0 0 }
.foot { margin-top: 3.5rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--soft); font-size:
  0.875rem }
.foot p + p { margin-top: 0.375rem }
@media (max-width: 40rem) { .clause { grid-template-columns: 1fr; gap: 0.75rem } .facts div { grid-template-columns:
  1fr } }
@media print { body { background: #fff; font-size: 10pt } .wrap { padding: 0; max-width: none } h2 { break-after:
  avoid } .group > header, summary, tr { break-inside: avoid } .scroll { overflow: visible }
  details::details-content { content-visibility: visible; display: block } a { color: inherit } }`
