import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'

import { http } from '../process/without-undici.ts'

interface HttpRequest {
  method?: string
  headers?: Record<string, string>
  body?: string
  /** Ends the request, before or after its answer has begun. */
  signal: AbortSignal
}

interface AnswerHead {
  status: number
  /** Whether the status is 2xx. */
  isOk: boolean
  headers: IncomingHttpHeaders
}

export interface TextAnswer extends AnswerHead {
  text: string
}

/**
 * Sends a request over HTTP/1.1 and resolves when the head of the answer has arrived. Read or destroy the answer: it
 * holds its connection until then.
 *
 * Not `fetch`: its first call loads undici and compiles a WebAssembly parser, which took 38 MB of resident memory on
 * Node 20 and 18 MB on Node 24. Each service would pay that for a few small requests.
 *
 * @throws Error when the server does not answer, the signal aborts, or the answer is a redirect: our services send none.
 */
export async function sendRequest(
  url: URL,
  { method = 'GET', headers, body, signal }: HttpRequest,
): Promise<AnswerHead & { body: IncomingMessage }> {
  const send = url.protocol === 'https:' ? (await import('node:https')).request : http.request
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    send(url, { method, headers: { ...headers, ...length }, signal })
      .once('response', resolve)
      .on('error', reject)
      .end(body)
  })
  const status = answer.statusCode ?? 0
  if (status >= 300 && status < 400 && status !== 304) {
    answer.destroy()
    throw new Error(`${method} ${url.href} answered ${status}, a redirect to ${answer.headers.location ?? 'nowhere'}`)
  }
  return { status, isOk: status >= 200 && status < 300, headers: answer.headers, body: answer }
}

/** Sends a request and reads its answer to the end. @throws Error as `sendRequest` does. */
export async function askForText(url: URL, options: HttpRequest): Promise<TextAnswer> {
  const { body, ...head } = await sendRequest(url, options)
  return { ...head, text: await text(body) }
}
