/** What is put into every page, frame and worker before its own scripts: it reports who stores or looks at what. */

export type Instrument = {
  /** Name of the binding, by chance for each run. */
  readonly binding: string
  /** Marks the instrument's own lines in a stack, by chance for each run. */
  readonly mark: string
  readonly hasGpc: boolean
}

/**
 * Source of the script. It reports through the binding, which it takes off the global object first; what it
 * replaces still prints as native code. A report is JSON with the fields of `Note` in notes.ts.
 */
export function instrumentSource(instrument: Instrument): string {
  const settings = JSON.stringify({ binding: instrument.binding, mark: instrument.mark, gpc: instrument.hasGpc })
  return `(${PROGRAM})(${settings})\n//# sourceURL=${instrument.mark}`
}

const PROGRAM = String.raw`function (settings) {
  'use strict'
  const top = globalThis
  const send = top[settings.binding]
  delete top[settings.binding]
  if (typeof send !== 'function') return
  const { apply, getOwnPropertyDescriptor, defineProperty, getPrototypeOf } = Reflect
  const stringify = JSON.stringify
  const capture = Error.captureStackTrace
  const text = String
  const originals = new WeakMap()
  const getOriginal = WeakMap.prototype.get.bind(originals)
  const counts = Object.create(null)
  const isWorker = typeof top.document === 'undefined'
  const startsWith = Function.prototype.call.bind(String.prototype.startsWith)
  const slice = Function.prototype.call.bind(String.prototype.slice)

  function stack() {
    const holder = {}
    const limit = Error.stackTraceLimit
    const prepare = Error.prepareStackTrace
    try {
      Error.prepareStackTrace = undefined
      Error.stackTraceLimit = 16
      capture(holder)
      return text(holder.stack)
    } catch { return '' } finally {
      try {
        Error.stackTraceLimit = limit
        if (prepare === undefined) delete Error.prepareStackTrace
        else Error.prepareStackTrace = prepare
      } catch {}
    }
  }
  function report(kind, fields, most) {
    try {
      counts[kind] = (counts[kind] || 0) + 1
      if (counts[kind] > (most || 300)) return
      const address = text(top.location && top.location.href)
      const note = { __proto__: null, kind, worker: isWorker, address, stack: stack() }
      for (const name in fields) note[name] = fields[name]
      send(stringify(note))
    } catch {}
  }
  function wrap(owner, name, around, slot) {
    try {
      const kept = owner && getOwnPropertyDescriptor(owner, name)
      if (!kept || !kept.configurable) return
      const key = slot || 'value'
      const original = kept[key]
      if (typeof original !== 'function') return
      const replaced = new Proxy(original, {
        apply(target, self, args) { return around(() => apply(target, self, args), self, args, kept) },
      })
      originals.set(replaced, original)
      defineProperty(owner, name, Object.assign({}, kept, { [key]: replaced }))
    } catch {}
  }
  const before = tell => (run, self, args, kept) => { tell(self, args, kept); return run() }
  const proto = name => top[name] && top[name].prototype
  // What is left out of a long line is of its value: how long it is to live stands at the end.
  const short = line => (line.length > 8192 ? slice(line, 0, 6144) + slice(line, -2048) : line)

  const toSource = Function.prototype.toString
  const shown = new Proxy(toSource, {
    apply(target, self, args) { return apply(target, getOriginal(self) || self, args) },
  })
  originals.set(shown, toSource)
  const plain = { writable: true, configurable: true, enumerable: false }
  defineProperty(Function.prototype, 'toString', Object.assign({ value: shown }, plain))

  wrap(proto('Document'), 'cookie', (run, self, args, kept) => {
    const line = text(args[0])
    const result = run()
    let seen = ''
    try { seen = apply(getOwnPropertyDescriptor(proto('Document'), 'cookie').get, self, []) } catch {}
    report('cookie', { value: short(line), seen: slice(seen, 0, 16384) })
    return result
  }, 'set')
  wrap(proto('CookieStore'), 'set', (run, self, args) => {
    const given = typeof args[0] === 'object' && args[0] ? args[0] : { name: args[0], value: args[1] }
    let line = text(given.name) + '=' + text(given.value)
    if (given.expires) line += '; expires=' + new Date(+given.expires).toUTCString()
    if (given.domain) line += '; domain=' + text(given.domain)
    line += '; path=' + text(given.path || '/') + '; secure; samesite=' + text(given.sameSite || 'strict')
    if (given.partitioned) line += '; partitioned'
    report('cookieStore', { value: short(line) })
    return run()
  })
  wrap(proto('Storage'), 'setItem', before((self, args) => {
    let area = 'localStorage'
    try { if (self === top.sessionStorage) area = 'sessionStorage' } catch {}
    report(area, { name: slice(text(args[0]), 0, 512), value: slice(text(args[1]), 0, 8192) })
  }))
  wrap(proto('IDBFactory'), 'open', before((self, args) => report('indexedDB', { name: slice(text(args[0]), 0, 512) })))
  wrap(proto('CacheStorage'), 'open', before((self, args) => report('cache', { name: slice(text(args[0]), 0, 512) })))
  wrap(proto('Navigator'), 'sendBeacon', before((self, args) => {
    const value = typeof args[1] === 'string' ? slice(args[1], 0, 4096) : ''
    report('beacon', { name: slice(text(args[0]), 0, 4096), value })
  }))

  const api = (name, detail) => report('api.' + name, { name, value: detail || '' }, 12)
  let drawn = new WeakSet()
  const fonts = new Set()
  const area = canvas => (canvas ? canvas.width * canvas.height : 0)
  for (const context of ['CanvasRenderingContext2D', 'OffscreenCanvasRenderingContext2D']) {
    for (const name of ['fillText', 'strokeText']) wrap(proto(context), name, before(self => drawn.add(self.canvas)))
    wrap(proto(context), 'getImageData', before(self => {
      if (drawn.has(self.canvas) && area(self.canvas) >= 256) api('canvas', 'getImageData')
    }))
    wrap(proto(context), 'measureText', before(self => {
      fonts.add(text(self.font))
      if (fonts.size === 24) api('fonts', 'measureText')
    }))
  }
  for (const name of ['toDataURL', 'toBlob']) {
    wrap(proto('HTMLCanvasElement'), name, before(self => {
      if (drawn.has(self) && area(self) >= 256) api('canvas', name)
    }))
  }
  wrap(proto('OffscreenCanvas'), 'convertToBlob', before(self => {
    if (drawn.has(self)) api('canvas', 'convertToBlob')
  }))
  wrap(proto('FontFaceSet'), 'check', before((self, args) => {
    fonts.add(text(args[0]))
    if (fonts.size === 24) api('fonts', 'check')
  }))
  const families = new Set()
  const family = value => { families.add(text(value)); if (families.size === 24) api('fonts', 'fontFamily') }
  for (const name of ['offsetWidth', 'offsetHeight']) {
    wrap(proto('HTMLElement'), name, before(self => {
      if (families.size < 24 && self.style.fontFamily) family(self.style.fontFamily)
    }), 'get')
  }
  for (const context of ['WebGLRenderingContext', 'WebGL2RenderingContext']) {
    wrap(proto(context), 'getParameter', before((self, args) => {
      if (args[0] === 37445 || args[0] === 37446) api('webgl', 'renderer')
    }))
  }
  wrap(proto('OfflineAudioContext'), 'startRendering', before(() => api('audio', 'startRendering')))
  wrap(proto('Navigator'), 'getBattery', before(() => api('battery')))
  wrap(proto('MediaDevices'), 'enumerateDevices', before(() => api('mediaDevices')))
  for (const name of ['createDataChannel', 'createOffer']) {
    wrap(proto('RTCPeerConnection'), name, before(() => api('webrtc', name)))
  }
  wrap(proto('PluginArray'), 'item', before(() => api('plugins')))
  wrap(proto('Navigator'), 'plugins', before(() => api('plugins')), 'get')
  wrap(proto('EventTarget'), 'addEventListener', before((self, args) => {
    if (isWorker || !args[1]) return
    const { body, documentElement } = top.document
    const isWide = !self || self === top || self === top.document || self === body || self === documentElement
    const isKey = args[0] === 'keydown' || args[0] === 'keyup' || args[0] === 'keypress' || args[0] === 'input'
    if (isWide && isKey) api('keyboard', args[0])
  }))
  for (const owner of [proto('Document'), proto('HTMLElement'), top]) {
    for (const name of ['onkeydown', 'onkeyup', 'onkeypress', 'oninput']) {
      wrap(owner, name, before((self, args) => {
        const isWide = self === undefined || self === top || self === top.document || self === top.document.body
        if (isWide && args[0]) api('keyboard', slice(name, 2))
      }), 'set')
    }
  }

  const navigatorOwner = proto('Navigator') || proto('WorkerNavigator')
  function give(name, value) {
    const getter = { get [name]() { return value } }
    const shape = getOwnPropertyDescriptor(getter, name)
    defineProperty(navigatorOwner, name, { get: shape.get, configurable: true, enumerable: true })
    originals.set(shape.get, getOwnPropertyDescriptor(navigatorOwner, 'userAgent').get)
  }
  try { if (settings.gpc) give('globalPrivacyControl', true) } catch {}
  try { if (navigatorOwner && top.navigator.webdriver) give('webdriver', false) } catch {}
  try {
    const value = { app: {}, csi() {}, loadTimes() {} }
    const shape = { value, writable: true, enumerable: true, configurable: false }
    if (!isWorker && !top.chrome) defineProperty(top, 'chrome', shape)
  } catch {}
}`
