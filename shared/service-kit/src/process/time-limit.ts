/**
 * Aborts after `limitMs`, or with any of `signals`. Do not use `AbortSignal.any` with `AbortSignal.timeout`: Node 20
 * garbage-collects that timeout, and then nothing aborts.
 */
export function timeLimit(limitMs: number, ...signals: AbortSignal[]): AbortSignal {
  const limit = new AbortController()
  setTimeout(() => limit.abort(new DOMException(`No end within ${limitMs} ms`, 'TimeoutError')), limitMs).unref()
  return AbortSignal.any([limit.signal, ...signals])
}
