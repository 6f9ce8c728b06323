/** The page writer: a text from outside can never become markup, wherever it is put. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attributes, escape, html, raw, toText, type Content } from './html.ts'

const hostile = ['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "' onmouseover='x", '&lt;', '</title>']

test('a text from outside stays text, wherever it stands', () => {
  for (const text of hostile) {
    const page = toText(html`<p title="${text}" lang="${text}">${text}${[text, [text]]}</p>`)
    assert.equal(page.match(/</g)?.length, 2, page)
    assert.equal(page.match(/["']/g)?.length, 4, page)
    assert.ok(!page.includes('&lt;') || !text.startsWith('&') || page.includes('&amp;lt;'))
  }
})

test('an object that looks like markup but came from outside is refused', () => {
  const forged: unknown[] = [JSON.parse('{"markup":"<b>"}'), { toString: () => '<b>' }, new Date(0)]
  for (const value of forged) assert.throws(() => html`<p>${value as Content}</p>`, TypeError)
})

test('a link with a scheme that runs code leads nowhere', () => {
  const bad = ['javascript:alert(1)', ' JaVa\tScript:alert(1)', '\u0001javascript:1', 'data:text/html,x', 'vbscript:x']
  for (const link of bad) {
    assert.equal(toText(html`<a href="${link}">x</a>`), '<a href="#">x</a>')
    assert.equal(toText(html`<a${attributes({ href: link })}>x</a>`), '<a href="#">x</a>')
  }
  for (const link of ['/a?b=c:d', '#S16', 'https://a.example/', 'mailto:a@b.example', 'tel:+4533193200', 'a/b:c'])
    assert.equal(toText(html`<a href="${link}">x</a>`), `<a href="${link}">x</a>`)
})

test('what cannot be escaped safely is an error and not a page', () => {
  assert.throws(() => html`<p class=${'a b'}>x</p>`, TypeError)
  assert.throws(() => html`<${'p'}>x</p>`, TypeError)
  assert.throws(() => html`<p title="${html`<b>x</b>`}">x</p>`, TypeError)
  assert.throws(() => html`<p>${attributes({ id: 'x' })}</p>`, TypeError)
  assert.throws(() => html`<p title="${'x'}`, TypeError)
})

test('script, style and event attributes cannot be written', () => {
  assert.throws(
    () =>
      html`<script>
        ${'x'}
      </script>`,
    TypeError,
  )
  assert.throws(() => html`<p style="color:${'red'}">x</p>`, TypeError)
  assert.throws(() => html`<p onclick="${'x'}">x</p>`, TypeError)
  for (const name of ['style', 'onclick', 'a b', 'x"', 'HREF'])
    assert.throws(() => attributes({ [name]: 'x' }), TypeError)
})

test('absent values write nothing, numbers and nested lists are joined', () => {
  assert.equal(toText(html`<p>${false}${null}${undefined}${0}${[1, [2, html`<b>3</b>`]]}</p>`), '<p>012<b>3</b></p>')
  assert.equal(
    toText(html`<i${attributes({ hidden: true, id: undefined, class: 'a"b' })}></i>`),
    '<i hidden class="a&quot;b"></i>',
  )
})

test('indentation of the template is not sent, text from outside keeps its own', () => {
  assert.equal(
    toText(
      html`<ul>
        <li>${'a\n  b'}</li>
      </ul>`,
    ),
    '<ul>\n<li>a\n  b</li>\n</ul>',
  )
})

test('raw is for constants only', () => {
  assert.equal(toText(raw`<b>x</b>`), '<b>x</b>')
  assert.equal(escape(`<&>"'`), '&lt;&amp;&gt;&quot;&#39;')
})
