/** S15: which hosts are ours, and which of them a site's own key speaks for. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { isOurSite, isPartOfSite } from './sites.ts'

const document = {
  sites: [{ host: 'intrum.dk', subdomains: true }, { host: 'intrum.com' }, { host: 'jobs.intrum.com' }],
}

test('a host is ours when the policy lists it, or what it is below with its subdomains', () => {
  const cases: [string, boolean][] = [
    ['intrum.dk', true],
    ['a.b.intrum.dk', true],
    ['INTRUM.DK', true],
    ['intrum.com', true],
    ['www.intrum.com', false],
    ['xintrum.dk', false],
    ['intrum.dk.evil.example', false],
    ['intrum.dk:8443', false],
    ['.intrum.dk', false],
    ['a..intrum.dk', false],
    ['evil.example/.intrum.dk', false],
    ['https://www.intrum.dk', false],
    [`${'a.'.repeat(122)}intrum.dk`, true],
    [`${'a.'.repeat(123)}intrum.dk`, false],
    ['dk', false],
    ['', false],
  ]
  for (const [host, isOurs] of cases) assert.equal(isOurSite(document, host), isOurs, host)
})

test('a site is itself and what the policy counts along below it: not its parent, sister, or another site', () => {
  const cases: [site: string, host: string, isPart: boolean][] = [
    ['intrum.dk', 'intrum.dk', true],
    ['intrum.dk', 'WWW.intrum.dk', true],
    ['www.intrum.dk', 'a.www.intrum.dk', true],
    ['www.intrum.dk', 'intrum.dk', false],
    ['www.intrum.dk', 'blog.intrum.dk', false],
    ['intrum.dk', 'intrum.com', false],
    ['intrum.dk', 'xintrum.dk', false],
    ['intrum.dk', 'evil.example/.intrum.dk', false],
    ['intrum.com', 'intrum.com', true],
    // Listed for itself: the parent lists no subdomains, so its key does not speak for this one.
    ['intrum.com', 'jobs.intrum.com', false],
    ['intrum.com', 'www.intrum.com', false],
    ['gone.example', 'gone.example', false],
  ]
  for (const [site, host, isPart] of cases) assert.equal(isPartOfSite(document, site, host), isPart, `${site} ${host}`)
})
