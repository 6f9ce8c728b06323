/** Finding and removing what is declared: cookies a script can see, and the browser's storages. */

/** Removes what is found under the rows that `isMeant` names. */
export async function sweep(isMeant: (row: HTMLElement) => unknown): Promise<void> {
  for (const row of document.querySelectorAll<HTMLElement>('tr[data-kind]'))
    if (isMeant(row)) for (const name of await found(row)) use(row, name)
}

/** Names found in this browser that the row declares. `*` stands for one or more characters. */
export async function found(row: HTMLElement): Promise<string[]> {
  const pattern = RegExp(`^${(row.dataset.name as string).replace(/[^\w*]/g, '\\$&').replace(/\*/g, '.+')}$`)
  try {
    return ((await use(row)) as string[]).filter(name => pattern.test(name))
  } catch {
    // The browser keeps this storage closed to us, or it is no storage at all.
    return []
  }
}

/** All names in the row's kind of storage or, with `name`, its removal. */
function use(row: HTMLElement, name?: string): unknown {
  const kind = row.dataset.kind as 'localStorage'
  if ((kind as string) === 'cookie') return name ? removeCookie(name) : document.cookie.split(/=[^;]*;? ?/)
  if ((kind as string) === 'cache') return name ? caches.delete(name) : caches.keys()
  if ((kind as string) !== 'indexedDB') return name ? window[kind].removeItem(name) : Object.keys(window[kind])
  return name ? indexedDB.deleteDatabase(name) : indexedDB.databases().then(them => them.map(it => it.name))
}

/** A cookie is removed under its own domain and path alone, which no script can read: so under all it may have. */
function removeCookie(name: string): void {
  const { hostname, pathname } = location
  // Empty means this host alone, and the page's own folder.
  for (const { index: from } of hostname.matchAll(/^|\.|$/g))
    for (const { index: to } of pathname.matchAll(/(?=\/|$)|(?<=\/)/g))
      for (const kind of ['', ';secure', ';secure;partitioned'])
        document.cookie = `${name}=;max-age=0;domain=${hostname.slice(from)};path=${pathname.slice(0, to)}${kind}`
}
