import { sendByXhr } from './send-by-xhr.ts'

export interface UploadProgress {
  /** Bytes of the request that were sent, up to `total`. */
  loaded: number
  total: number
  /** From 0 to 1. */
  ratio: number
}

/**
 * A `fetch` that reports the sent bytes. Browsers report them only for XMLHttpRequest. Elsewhere the body is sent as a
 * stream, which is counted as it is read.
 */
export function sendWithProgress(
  fetch: typeof globalThis.fetch,
  total: number,
  onProgress: (progress: UploadProgress) => void,
): typeof globalThis.fetch {
  const report = (loaded: number, of: number) => onProgress({ loaded, total: of, ratio: of > 0 ? loaded / of : 1 })
  if (typeof XMLHttpRequest !== 'undefined') return (url, init) => sendByXhr(String(url), init, report)
  return (url, init = {}) => {
    const form = new Response(init.body ?? null)
    let sent = 0
    const counted = form.body?.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          sent += chunk.byteLength
          // The request has a few more bytes than the file.
          report(Math.min(sent, total), total)
          controller.enqueue(chunk)
        },
      }),
    )
    const headers = new Headers(init.headers)
    headers.set('content-type', form.headers.get('content-type') ?? '')
    return fetch(url, { ...init, headers, body: counted ?? null, duplex: 'half' } as RequestInit)
  }
}
