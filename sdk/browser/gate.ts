/** The gate in the visitor's browser: what is marked with a category stays inert until that category is accepted. */

/** What the page's server wrote on our own script element. Missing pieces open nothing. */
export const data = (document.currentScript as HTMLScriptElement).dataset as Record<string, string>

/** Codes of the categories that are asked about, in the order of the choice cookie's bits. */
export const codes = data.categories.split(' ')

/** Where the choice page is. */
export const page = `${data.base}/choice`

/** Hears of each choice; null when there is none. */
export type Changed = (accepted: string[] | null) => void
/** Says yes to a category for the visitor who pressed the button in the place of a template. */
export type Ask = (code: string, template: Element) => void

/** Accepted categories; null when no valid choice was made. Only the server writes the cookie; here it is read. */
export function choice(): string[] | null {
  const [, one, two] = `; ${document.cookie}`.split(`; ${data.cookie}=`)
  const [, tag, mask] = (!two && /^1\.(\w{8})\.([^\W_]+)\.\w+\.[\w-]{22}\.[\w-]{16}(;|$)/.exec(one)) || []
  const bits = parseInt(mask, 36)
  // A refusal of everything holds for every list; an acceptance for the one it was given for.
  if (bits === 0 || (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl) return []
  return tag === data.tag && bits < 2 ** codes.length ? codes.filter((_, bit) => (bits / 2 ** bit) & 1) : null
}

/** Reads the choice again and acts on it. What runs without being accepted any more ends with the page. */
export function refresh(): void {
  const now = choice()
  accepted = now || []
  for (const code of started) if (!accepted.includes(code)) location.reload()
  // Any text that tells two choices apart will do, and this is the shortest to send.
  // oxlint-disable-next-line typescript/restrict-template-expressions
  if (last !== (last = `${now}`)) changed?.(now)
  scan()
}

/** Starts the gate; looks again when templates come later, another tab may have chosen, or Back restores a page. */
export function run(whenChanged?: Changed, whenAsked?: Ask): void {
  changed = whenChanged
  ask = whenAsked
  refresh()
  new MutationObserver(scan).observe(document, { childList: true, subtree: true })
  addEventListener('pageshow', refresh)
  addEventListener('visibilitychange', refresh)
}

const started = new Set<string>()
let changed: Changed | undefined
let ask: Ask | undefined
let accepted: string[]
let last: string
let turn: Promise<unknown>

function scan(): void {
  for (const template of document.querySelectorAll<HTMLTemplateElement>('template[data-indsigt]')) {
    const { indsigt: code = '', title } = template.dataset
    const show = data.show.split('|')[codes.indexOf(code)]
    let box = template.previousElementSibling
    if (!box?.matches('.indsigt-hold')) box = null
    if (accepted.includes(code)) {
      // Opened once: it is found no more.
      delete template.dataset.indsigt
      started.add(code)
      box?.remove()
      open(template)
    } else if (show && (box || title) && !box?.querySelector('button')) {
      // Content that would be seen gets a box in its place, with a button that says yes to its category.
      if (!box) {
        template.before((box = document.createElement('p')))
        box.className = 'indsigt indsigt-hold'
        box.append(title as string)
      }
      const button = document.createElement('button')
      button.append(show)
      // Nobody else listens on an element made here, and the name is shorter to send.
      // oxlint-disable-next-line unicorn/prefer-add-event-listener
      button.onclick = () => (ask ? ask(code, template) : location.assign(page))
      box.append(button)
    }
  }
}

/** Inserts a copy before the template; its scripts run in the order of the document, each after the one before. */
function open(template: HTMLTemplateElement): void {
  const copy = document.importNode(template.content, true)
  for (const script of copy.querySelectorAll('script')) {
    const mark = new Comment()
    script.replaceWith(mark)
    turn = Promise.resolve(turn).then(
      () =>
        new Promise(done => {
          // oxlint-disable-next-line unicorn/prefer-add-event-listener
          script.onload = script.onerror = done
          mark.replaceWith(script)
          if (!script.src || script.hasAttribute('async')) done(0)
        }),
    )
  }
  template.before(copy)
}
