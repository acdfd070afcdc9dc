/**
 * Node loads undici, its client for `fetch`, in two cases without a call of `fetch`. It takes 8 to 14 MB in each
 * process (docs/adr/0034). This module avoids both. It must run before `pg` is loaded: every main.ts imports
 * `@likeness/service-kit/process` first.
 */

/**
 * Node's HTTP module. An ES import of `node:http` reads each of its exports, and since Node 22 one of them
 * (`http.WebSocket`) loads undici when it is read.
 */
export const http = process.getBuiltinModule('node:http')

/**
 * Node 20 has no `navigator`. Without it, `pg` creates a `Response` to find out whether it runs at Cloudflare, which
 * loads undici. Node 21 and later define it with this value.
 */
if (!('navigator' in globalThis)) {
  const userAgent = `Node.js/${process.versions.node.split('.')[0]}`
  Object.defineProperty(globalThis, 'navigator', { value: Object.freeze({ userAgent }), configurable: true })
}
