import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'

import { http } from '../process/without-undici.ts'

interface HttpRequest {
  method?: string
  headers?: Record<string, string>
  body?: string
  /** Ends the request, before or after its response begins. */
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
 * Sends a request over HTTP/1.1 and resolves when the headers of the response have arrived. Read or destroy the body: a
 * response with an unread body occupies its connection.
 *
 * It does not use `fetch`: the first call of `fetch` loads undici and compiles a WebAssembly parser, which took 38 MB of
 * resident memory on Node 20 and 18 MB on Node 24. That is too much for a few small requests in each service.
 *
 * @throws Error if the server does not respond, the signal aborts, or the response is a redirect, which no service sends
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
    throw new Error(`${method} ${url.href} returned ${status}, a redirect to ${answer.headers.location ?? 'nowhere'}`)
  }
  return { status, isOk: status >= 200 && status < 300, headers: answer.headers, body: answer }
}

/** Sends a request and reads the whole response. @throws Error as `sendRequest` does. */
export async function requestText(url: URL, options: HttpRequest): Promise<TextAnswer> {
  const { body, ...head } = await sendRequest(url, options)
  return { ...head, text: await text(body) }
}

/** System errors of a host that cannot be reached, or on which nothing listens (errno(3), getaddrinfo(3)). */
const unreachable = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
])

/** Whether a request failed because its server cannot be reached, and not because of a time limit or an abort. */
export function isUnreachable(error: unknown): boolean {
  return unreachable.has(String((error as { code?: unknown } | undefined)?.code))
}
