/**
 * Node loads undici, the library behind `fetch`, in two cases even if nothing calls `fetch`. undici takes 8 to 14 MB of
 * memory in each process (docs/adr/0034). This module prevents both cases. It must run before `pg` is loaded, so every
 * main.ts imports `@likeness/service-kit/process` first.
 */

/**
 * Node's HTTP module. An ES import of `node:http` would read each of its exports, and since Node 22 reading
 * `http.WebSocket` loads undici.
 */
export const http = process.getBuiltinModule('node:http')

/**
 * Node 20 has no `navigator`. Without it, `pg` creates a `Response` to find out whether it runs at Cloudflare, and that
 * loads undici. Node 21 and later define `navigator` with this value.
 */
if (!('navigator' in globalThis)) {
  const userAgent = `Node.js/${process.versions.node.split('.')[0]}`
  Object.defineProperty(globalThis, 'navigator', { value: Object.freeze({ userAgent }), configurable: true })
}
