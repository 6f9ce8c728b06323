/** Which addresses may be reached: the special ranges never, unless somebody named them. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { addressVerdict, allowedBy, isOddNumber, parseAddress, parseAllowed } from './address.ts'

const VERDICTS: readonly (readonly [ip: string, verdict: string])[] = [
  ['93.184.216.34', 'allowed'],
  ['2606:2800:220:1:248:1893:25c8:1946', 'allowed'],
  ['127.0.0.1', 'loopback'],
  ['127.255.255.254', 'loopback'],
  ['10.1.2.3', 'private'],
  ['172.15.255.255', 'allowed'],
  ['172.16.0.0', 'private'],
  ['172.31.255.255', 'private'],
  ['172.32.0.0', 'allowed'],
  ['192.168.1.1', 'private'],
  ['169.254.169.254', 'metadata'],
  ['169.254.1.1', 'link-local'],
  ['100.64.0.1', 'carrier'],
  ['100.128.0.1', 'allowed'],
  ['224.0.0.1', 'multicast'],
  ['255.255.255.255', 'broadcast'],
  ['240.0.0.1', 'reserved'],
  ['0.0.0.0', 'unspecified'],
  ['192.0.2.1', 'documentation'],
  ['198.51.100.7', 'documentation'],
  ['203.0.113.7', 'documentation'],
  ['::', 'unspecified'],
  ['::1', 'loopback'],
  ['0:0:0:0:0:0:0:1', 'loopback'],
  ['::ffff:127.0.0.1', 'mapped'],
  ['::ffff:7f00:1', 'mapped'],
  ['::ffff:93.184.216.34', 'mapped'],
  ['::127.0.0.1', 'compatible'],
  ['64:ff9b::7f00:1', 'translated'],
  ['64:ff9b::a9fe:a9fe', 'translated'],
  ['64:ff9b::5db8:d822', 'allowed'],
  ['2002:7f00:1::', 'tunnel'],
  ['2001:0:7f00:1::', 'tunnel'],
  ['2001:db8::1', 'documentation'],
  ['fd00::1', 'private'],
  ['fe80::1', 'link-local'],
  ['ff02::1', 'multicast'],
  ['fe80::1%eth0', 'malformed'],
  ['127.1', 'malformed'],
  ['0177.0.0.1', 'malformed'],
  ['2130706433', 'malformed'],
  ['1.2.3.256', 'malformed'],
  [':::1', 'malformed'],
  ['', 'malformed'],
]

for (const [ip, expected] of VERDICTS)
  test(`${ip || 'nothing'} is ${expected}`, () => {
    const verdict = addressVerdict(ip, { allow: [] })
    assert.equal(verdict.outcome === 'allowed' ? 'allowed' : verdict.why, expected)
  })

test('an address is reached when it or its range was named, and its neighbour is not', () => {
  assert.equal(addressVerdict('127.0.0.1', { allow: ['127.0.0.1:8080'] }).outcome, 'allowed')
  assert.equal(addressVerdict('127.0.0.2', { allow: ['127.0.0.1'] }).outcome, 'refused')
  assert.equal(addressVerdict('10.9.8.7', { allow: ['10.0.0.0/8'] }).outcome, 'allowed')
  assert.equal(addressVerdict('::1', { allow: ['[::1]:80'] }).outcome, 'allowed')
  assert.equal(addressVerdict('::ffff:127.0.0.1', { allow: ['127.0.0.1'] }).outcome, 'refused')
  assert.equal(addressVerdict('169.254.169.254', { allow: ['*.localhost', 'x/8', '10.0.0.0/99'] }).outcome, 'refused')
})

test('a pattern names hosts below it, never the host itself nor a lookalike', () => {
  const allow = ['*.localhost:9000', 'staging.example.dk']
  assert.deepEqual(allowedBy('trap.localhost', { allow }), { pattern: '*.localhost', ports: 9000 })
  assert.equal(allowedBy('localhost', { allow }), undefined)
  assert.equal(allowedBy('xlocalhost', { allow }), undefined)
  assert.equal(allowedBy('staging.example.dk', { allow })?.ports, null)
  assert.equal(allowedBy('a.staging.example.dk', { allow }), undefined)
  assert.equal(parseAllowed('x.localhost:*').ports, 'any')
})

test('a host that a browser would read as a number is told from a name', () => {
  const odd = ['2130706433', '0x7f000001', '0x7f.1', '017700000001', '127.1', '0177.0.0.1', '127.0.0.1.', '1.2.3.0x4']
  assert.deepEqual(
    odd.filter(host => !isOddNumber(host)),
    [],
  )
  assert.equal(isOddNumber('127.0.0.1'), false)
  assert.equal(isOddNumber('example.dk'), false)
  assert.equal(isOddNumber('a1.dk2'), false)
  assert.equal(parseAddress('1.2.3.4')?.length, 4)
})
