/**
 * Aborts after `limitMs`, or with any of `signals`. It replaces `AbortSignal.any` with `AbortSignal.timeout`, because Node
 * 20 garbage-collects that timeout and then nothing aborts.
 */
export function timeLimit(limitMs: number, ...signals: AbortSignal[]): AbortSignal {
  const limit = new AbortController()
  setTimeout(() => limit.abort(new DOMException(`Timed out after ${limitMs} ms`, 'TimeoutError')), limitMs).unref()
  return AbortSignal.any([limit.signal, ...signals])
}
