/** On the choice page: shows what only a script can see, its true end where the browser tells, and removes it. */
import { found, sweep } from './sweep.ts'

type Kept = { readonly name: string; readonly expires: number | null }

type Page = Window & { readonly indsigt?: { choice(): readonly string[] } }

let isSwept = false

// From here on everything can be seen.
document.querySelector('.indsigt-unseen')?.remove()

void look()

addEventListener('submit', event => {
  const form = event.target as HTMLFormElement
  const submitter = event.submitter as HTMLButtonElement
  if (isSwept || !form.getAttribute('action')?.endsWith('/remove')) return
  event.preventDefault()
  isSwept = true
  const isMeant = (row: HTMLElement) => submitter.name === 'all' || row.dataset.name === submitter.value
  // Not at once: a form does not listen while its own submit event still runs.
  void sweep(isMeant).then(() => setTimeout(() => form.requestSubmit(submitter)))
})

/** Shows what is there; first, what a removal took back with it is taken away in the storages too. */
async function look(): Promise<void> {
  const accepted = (window as Page).indsigt?.choice()
  if (accepted && location.search.includes('said=removed'))
    await sweep(({ dataset: { category } }) => category && !accepted.includes(category))
  for (const row of document.querySelectorAll<HTMLElement>('li[hidden]'))
    void found(row).then(names => (row.hidden = names.length === 0))
  await showEnds()
}

/** Chromium tells when a cookie ends; the shared type does not know it yet. */
async function showEnds(): Promise<void> {
  const all = (await (window.cookieStore as CookieStore | undefined)?.getAll()) as Kept[] | undefined
  for (const { name, expires } of all ?? [])
    for (const row of document.querySelectorAll<HTMLElement>('li[data-kind=cookie]')) {
      const time = row.querySelector('time')
      if (row.dataset.name !== name || !expires || !time?.textContent) continue
      time.textContent = new Date(expires).toLocaleDateString(document.documentElement.lang, { dateStyle: 'long' })
    }
}
