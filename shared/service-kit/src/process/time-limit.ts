/**
 * Aborts after `limitMs`, or with any of `signals`. Never `AbortSignal.any` over `AbortSignal.timeout`: in Node 20 the
 * garbage collector takes that timeout, and nothing aborts any more.
 */
export function timeLimit(limitMs: number, ...signals: AbortSignal[]): AbortSignal {
  const limit = new AbortController()
  setTimeout(() => limit.abort(new DOMException(`No end within ${limitMs} ms`, 'TimeoutError')), limitMs).unref()
  return AbortSignal.any([limit.signal, ...signals])
}
