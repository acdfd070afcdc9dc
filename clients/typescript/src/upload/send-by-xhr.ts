/** Sends a request by XMLHttpRequest, and returns its response as `fetch` does. */
export function sendByXhr(
  url: string,
  { method = 'GET', headers, body, signal }: RequestInit = {},
  report: (loaded: number, total: number) => void,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open(method, url)
    request.responseType = 'blob'
    new Headers(headers).forEach((value, name) => request.setRequestHeader(name, value))
    request.upload.addEventListener('progress', ({ loaded, total }) => report(loaded, total))
    request.addEventListener('load', () => resolve(responseOf(request)))
    request.addEventListener('error', () => reject(new TypeError('The server could not be reached.')))
    request.addEventListener('abort', () => reject(signal?.reason))
    if (signal?.aborted) {
      reject(signal.reason)
      return
    }
    const abort = () => request.abort()
    signal?.addEventListener('abort', abort, { once: true })
    request.addEventListener('loadend', () => signal?.removeEventListener('abort', abort))
    request.send(body as XMLHttpRequestBodyInit | null)
  })
}

function responseOf(request: XMLHttpRequest): Response {
  const headers = new Headers()
  for (const line of request
    .getAllResponseHeaders()
    .trim()
    .split(/[\r\n]+/)) {
    const colon = line.indexOf(':')
    if (colon > 0) headers.append(line.slice(0, colon), line.slice(colon + 1).trim())
  }
  // A response with one of these statuses cannot have a body.
  const body = [204, 205, 304].includes(request.status) ? null : (request.response as Blob)
  return new Response(body, { status: request.status, headers })
}
