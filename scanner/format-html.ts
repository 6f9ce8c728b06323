/** The report as one page for people: no script, nothing fetched, good on paper. Pure. */
import { html, toText, type Html } from '../sdk/html.ts'
import type { Language } from '../sdk/wire.ts'
import { duration, evidenceWords, OUTCOME_WORDS, PERSONA_WORDS, PHASE_WORDS, SEVERITY_WORDS } from './evidence-words.ts'
import { KINDS } from './finding-texts.ts'
import { STYLE } from './format-html-style.ts'
import { wordsOf, type Words } from './format-html-words.ts'
import type { EntryResult, Finding, Report, Severity, SignedReport } from './report.ts'

/** The whole page. Findings stand by promise; each opens to its evidence without script. */
export function formatHtml(signed: SignedReport, language: Language): string {
  const { report } = signed
  const words = wordsOf(language)
  const page = html`<html lang="${language}">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="robots" content="noindex" />
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
      <title>${words.title(report.site)}</title>
      <style></style>
    </head>
    <body>
      <main class="wrap">
        ${opening(report, words)} ${findings(report, words)} ${entries(report, words)} ${coverage(report, words)}
        ${footer(signed, words)}
      </main>
    </body>
  </html>`
  // A sheet is no text: entities mean nothing in it.
  return `<!doctype html>\n${toText(page)}\n`.replace('<style></style>', () => `<style>\n${STYLE}\n</style>`)
}

function opening(report: Report, words: Words): Html {
  const counts = tally(report)
  const isBlind = report.coverage.pages.length === 0
  const gravest: Severity | 'ok' = counts.breach > 0 ? 'breach' : counts.doubt > 0 || isBlind ? 'doubt' : 'ok'
  const [first, rest] = isBlind ? words.blind : words.verdict(counts)
  const kept = report.entries.filter(it => it.verdict === 'kept').length
  return html`<header>
    <p class="over">${words.over}</p>
    <h1>${report.site}</h1>
    <p class="lead">
      ${words.when(report.startedAt, report.finishedAt)}
      ${words.covered(report.coverage.pages.length, report.coverage.personas.length)}
    </p>
    <div class="verdict ${gravest}"><strong>${first}</strong><span>${rest}</span></div>
    <dl class="tally">
      <div class="${counts.breach > 0 && 'breach'}">
        <dt>${words.breaches(counts.breach)}</dt>
        <dd>${counts.breach}</dd>
      </div>
      <div class="${counts.doubt > 0 && 'doubt'}">
        <dt>${words.doubts(counts.doubt)}</dt>
        <dd>${counts.doubt}</dd>
      </div>
      ${
        report.entries.length > 0 &&
        html`<div class="${kept > 0 && 'ok'}">
          <dt>${words.entriesKept(report.entries.length)}</dt>
          <dd>${kept}</dd>
        </div>`
      }
    </dl>
    ${report.diff && html`<p class="hint">${words.diff(report.diff.added.length, report.diff.gone.length)}</p>`}
    ${report.registerSha256 === null && html`<p class="hint">${words.noRegister}</p>`}
  </header>`
}

/** By promise; within it by code, so that the text and the remedy are read once for all that share them. */
function findings(report: Report, words: Words): Html {
  const told = report.findings.filter(finding => finding.severity !== 'note')
  const notes = report.findings.filter(finding => finding.severity === 'note')
  const clauses = [...Map.groupBy(told, finding => finding.clause)].toSorted(
    ([left], [right]) => number(left) - number(right),
  )
  const added = new Set(report.diff?.added)
  return html`<section>
    <h2>${words.findings}</h2>
    ${told.length === 0 && html`<p class="hint">${words.nothing}</p>`}
    ${clauses.map(([clause, group]) => clauseOf({ title: clause, group, added, words }))}
    ${
      notes.length > 0 &&
      html`<h2>${words.notes}</h2>
        <p class="hint">${words.notesHint}</p>
        ${clauseOf({ title: '', group: notes, added, words })}`
    }
  </section>`
}

type Group = {
  readonly title: string
  readonly group: readonly Finding[]
  readonly added: ReadonlySet<string>
  readonly words: Words
}

function clauseOf({ title, group, added, words }: Group): Html {
  const codes = [...Map.groupBy(group, finding => `${finding.severity} ${finding.code} ${finding.text.da}`).values()]
  return html`<div class="clause ${title === '' && 'whole'}">
    ${title !== '' && html`<h3>${title}</h3>`}
    <div>${codes.map(same => codeOf(same, { added, words }))}</div>
  </div>`
}

function codeOf(
  group: readonly Finding[],
  { added, words }: { readonly added: ReadonlySet<string>; readonly words: Words },
): Html {
  const [first] = group
  if (!first) return html``
  const { severity, text, remedy, code } = first
  return html`<div class="group">
    <header>
      <span class="tag ${severity}">${SEVERITY_WORDS[severity][words.language]}</span>
      <strong>${text[words.language]}</strong>
      <p>${remedy[words.language]} <code>${code}</code></p>
    </header>
    <div class="things">${group.map(finding => thing(finding, { isNew: added.has(finding.id), words }))}</div>
  </div>`
}

function thing(finding: Finding, { isNew, words }: { readonly isNew: boolean; readonly words: Words }): Html {
  const { language } = words
  const facts = Map.groupBy(
    finding.evidence.map(line => evidenceWords(line, language)),
    fact => fact.label,
  )
  return html`<details>
    <summary>
      <code>${finding.name}</code> <span>${finding.host}</span>
      ${
        finding.phases.length > 0 &&
        html`<span>${finding.phases.map(phase => PHASE_WORDS[phase][language]).join(', ')}</span>`
      }
      ${isNew && html`<span class="new">${words.isNew}</span>`}
    </summary>
    <dl class="facts">
      ${[...facts].map(([label, all]) => pair(label, [...new Set(all.map(fact => fact.text))]))}
      ${pair(words.pages, finding.pages.slice(0, 10))}
      ${pair(
        words.personas,
        finding.personas.map(persona => PERSONA_WORDS[persona][language]),
      )}
    </dl>
  </details>`
}

function pair(label: string, texts: readonly string[]): Html | false {
  if (texts.length === 0) return false
  return html`<div>
    <dt>${label}</dt>
    <dd>${texts.map(text => html`<span>${text}</span>`)}</dd>
  </div>`
}

function entries(report: Report, words: Words): Html | false {
  if (report.entries.length === 0) return false
  return html`<section>
    <h2 id="entries">${words.entries}</h2>
    <p class="hint">${words.entriesHint}</p>
    <div class="scroll" role="region" aria-labelledby="entries" tabindex="0">
      <table>
        <thead>
          <tr>
            ${words.columns.map(column => html`<th scope="col">${column}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${report.entries.map(result => entryRow(result, words))}
        </tbody>
      </table>
    </div>
  </section>`
}

function entryRow({ entry, seen, promisedSeconds, givenSeconds, verdict }: EntryResult, words: Words): Html {
  const { language } = words
  const tone = verdict === 'kept' ? 'ok' : verdict === 'broken' ? 'breach' : ''
  const given = entry.kind === 'cookie' || givenSeconds === null ? duration(givenSeconds, language) : words.untilRemoved
  return html`<tr>
    <th scope="row"><code>${entry.name}</code><span>${KINDS[entry.kind][language]}, ${entry.setter}</span></th>
    <td>${entry.purpose[language]}</td>
    <td>${entry.category}</td>
    <td>${duration(promisedSeconds, language)}</td>
    <td>${seen === 0 ? '–' : given}</td>
    <td><span class="tag ${tone}">${words.entryVerdict[verdict]}</span></td>
  </tr>`
}

function coverage({ coverage, browser }: Report, words: Words): Html {
  const { language } = words
  return html`<section>
    <h2 id="coverage">${words.coverage}</h2>
    <p class="hint">${words.coverageHint(coverage.limits.pagesMax, Math.round(coverage.limits.dwellMs / 1000))}</p>
    <div class="scroll" role="region" aria-labelledby="coverage" tabindex="0">
      <table>
        <thead>
          <tr>
            <th scope="col">${words.visitor}</th>
            <th scope="col">${words.pages}</th>
            <th scope="col">${words.dwell}</th>
          </tr>
        </thead>
        <tbody>
          ${coverage.personas.map(
            it =>
              html`<tr>
                <th scope="row">${PERSONA_WORDS[it.persona][language]}</th>
                <td>${it.pages}</td>
                <td>${duration(Math.round(it.dwellMs / 1000), language)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <dl class="facts outer">
      ${pair(words.seenPages, coverage.pages)}
      ${pair(
        words.notReached,
        coverage.notReached.map(({ page, why }) => `${page}: ${OUTCOME_WORDS[why]?.[language] ?? why}`),
      )}
      ${pair(words.browser, [browser, coverage.isSandboxed ? words.sandboxed : words.notSandboxed])}
    </dl>
  </section>`
}

function footer({ report, signature }: SignedReport, words: Words): Html {
  return html`<footer class="foot">
    <p>${report.tool} · ${report.format} · ${report.scanId}</p>
    ${report.registerSha256 && html`<p>${words.registerSha256}: <code>${report.registerSha256}</code></p>`}
    ${
      signature
        ? html`<p>${words.signedBy} ${signature.by}. ${words.key}: <code>${signature.publicKey}</code></p>
            <p>${words.signature}: <code>${signature.value}</code></p>`
        : html`<p>${words.notSigned}</p>`
    }
  </footer>`
}

/** How many findings there are of each severity. */
function tally({ findings }: Report): { readonly breach: number; readonly doubt: number; readonly note: number } {
  const count = (severity: Severity) => findings.filter(finding => finding.severity === severity).length
  return { breach: count('breach'), doubt: count('doubt'), note: count('note') }
}

const number = (clause: string): number => Number(/\d+/.exec(clause)?.[0] ?? 99)
