import { setMaxListeners } from 'node:events'

/**
 * Aborts after `limitMs`, or with any of `signals`. It replaces `AbortSignal.any` with `AbortSignal.timeout`, because Node
 * 20 garbage-collects that timeout and then nothing aborts. A signal that lives as long as the process would also keep 50
 * bytes for every `AbortSignal.any`, for ever.
 */
export function timeLimit(limitMs: number, ...signals: AbortSignal[]): AbortSignal {
  const limit = new AbortController()
  const abort = (reason: unknown) => {
    clearTimeout(timer)
    for (const signal of signals) signal.removeEventListener('abort', follow)
    limit.abort(reason)
  }
  const follow = () => abort(signals.find(({ aborted }) => aborted)?.reason)
  const timer = setTimeout(
    () => abort(new DOMException(`Timed out after ${limitMs} ms`, 'TimeoutError')),
    limitMs,
  ).unref()
  // Many limits can follow one signal, which is not a leak: each listener is removed at the end of its limit.
  setMaxListeners(0, ...signals)
  if (signals.some(({ aborted }) => aborted)) follow()
  else for (const signal of signals) signal.addEventListener('abort', follow)
  return limit.signal
}
