/** The whole client: the gate, the dialog, the choice sent without leaving the page, and what must go, removed. */
import { choice, data, page, refresh, run } from './gate.ts'
import { sweep } from './sweep.ts'

const all = (selector: string, where: ParentNode = document) => where.querySelectorAll<HTMLInputElement>(selector)
const [banner] = all('.indsigt-banner')
const [control] = all('.indsigt-control')
const [status] = all('.indsigt-control span')
const [dialog] = all('.indsigt-dialog') as Iterable<HTMLElement> as Iterable<HTMLDialogElement>
let accepted: string[] = []

type Page = Window & { dataLayer?: unknown[]; indsigt?: object }
type Answer = { token: string; tag: string; accepted: string[] }

tell('consent', 'default', {})
run(
  now => {
    accepted = now || []
    tell('consent', 'update', {})
    if (banner) banner.hidden = !!now
    for (const box of all('.indsigt-dialog [name=category]')) box.checked = accepted.includes(box.value)
    document.dispatchEvent(new CustomEvent('indsigt:choice', { detail: accepted }))
  },
  (code, template) => {
    const fields = [...accepted, code].map(it => ['category', it])
    void send(dialog, [['method', 'save'], ...fields], template)
  },
)
;(window as Page).indsigt = { choice: () => accepted, open }
// Scripts that a reload has ended may have written while the page was closing.
if (choice() && performance.navigation.type) void clear()

addEventListener('click', event => {
  const link = (event.target as Element).closest(`a[href^="${page}"]`)
  if (dialog && link) {
    event.preventDefault()
    open()
  }
})

addEventListener('submit', event => {
  const form = event.target as HTMLFormElement
  if (form.getAttribute('action') === page) {
    const { name, value } = event.submitter as HTMLButtonElement
    event.preventDefault()
    void send(form, [...(new FormData(form) as unknown as string[][]), [name, value]])
  }
})

/** Opens the details; where there are none, the choice page. */
function open(): void {
  if (dialog) dialog.showModal()
  else location.assign(page)
}

/** Sends a choice. Nothing changes here unless the server says that it is kept. */
async function send(form: HTMLElement, fields: string[][], template?: Element): Promise<void> {
  const body = new URLSearchParams(fields)
  const failed = all('[role=alert]', form)[0]
  failed.hidden = true
  // A token is good for one choice; whoever presses again brings a new one.
  for (const field of all('[name=token]')) field.value = ''
  try {
    if (!body.get('token')) {
      const { token, tag } = await ask(`/token?lang=${data.language}`)
      // The list has changed since this page was made: it must be seen before it can be agreed to.
      if (tag !== data.tag) return location.assign(page)
      body.set('token', token)
    }
    const answer = await ask('/choice', { method: 'POST', body })
    // Nobody reads what is thrown, and a number is the shortest to send.
    // oxlint-disable-next-line typescript/only-throw-error
    if (answer.accepted[0] && !(choice() as string[])[0]) throw 0
    await clear()
    if (!control) return location.assign(`${page}?said=saved`)
    dialog.close()
    refresh()
    // A browser that keeps no cookie was answered all the same; nothing is claimed to be kept.
    if (!choice()) banner.hidden = true
    else status.textContent = status.dataset.text as string
    ;((template?.previousElementSibling || control) as HTMLElement).focus()
  } catch {
    failed.hidden = false
    if (form === dialog) open()
  }
}

/** Removes what is declared in categories that are not accepted. */
function clear(): Promise<void> {
  const kept = choice() || []
  return sweep(({ dataset: { category } }) => category && !kept.includes(category))
}

async function ask(path: string, init?: RequestInit): Promise<Answer> {
  const headers = { accept: 'application/json' }
  // A static page's choice is kept by another host of the same site, which must see and set its cookie.
  const credentials = 'include'
  const response = await fetch(data.base + path, { headers, credentials, signal: AbortSignal.timeout(9e3), ...init })
  if (response.ok) return response.json() as Promise<Answer>
  // oxlint-disable-next-line typescript/only-throw-error
  throw 0
}

/**
 * Google Consent Mode v2: everything denied at first, then what the accepted categories stand for. Google's code
 * knows a command by its being an `arguments` object.
 */
function tell(_consent: 'consent', _command: 'default' | 'update', state: Record<string, string>): void {
  for (const pair of data.signals.split(' ')) {
    const [signal, code] = pair.split('=')
    state[signal] = accepted.includes(code) ? 'granted' : 'denied'
  }
  ;((window as Page).dataLayer ||= []).push(arguments)
}
