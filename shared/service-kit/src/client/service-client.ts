import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'

import pTimeout from 'p-timeout'
import { z } from 'zod'

import { unwatched, type DependencyWatch } from '../process/dependency-watch.ts'
import { Problem, problems, type Dependency } from '../process/problem.ts'
import { markReported } from '../process/reported-outages.ts'
import { clientHeaders, currentRequest } from '../process/request-context.ts'
import { timeLimit } from '../process/time-limit.ts'
import { streamAnswer } from './answer-stream.ts'
import { isUnreachable, requestText, sendRequest, type TextAnswer } from './http-request.ts'

interface ServiceClientOptions {
  /** The name of the called service, for problems and logs: `main-service`. */
  name: Dependency
  baseUrl: string
  /** This service's own token, for calls without the token of a user. @param rejectedToken the token that was just rejected */
  token?: (rejectedToken?: string) => Promise<string>
  /** Logs the outages of the service; default: nothing is logged. */
  watch?: DependencyWatch
  limitMs?: number
}

interface ServiceRequest {
  query?: Record<string, unknown>
  body?: unknown
  /** The token of the caller, if the called service must check the caller's permissions. */
  token?: string
  /** Replaces the client's time limit, for a response that waits for new entries. */
  limitMs?: number
  signal?: AbortSignal
}

export interface ServiceAnswer {
  status: number
  body: unknown
  /** The `Retry-After` of the response. */
  retryAfter?: string | undefined
}

interface StreamRequest {
  query?: Record<string, unknown>
  /** Milliseconds until the response must begin; default 10 s. */
  headersLimitMs?: number
  /** Maximum milliseconds between two chunks; default 20 s. */
  idleLimitMs?: number
  /** Ends the request, before or after the response begins. */
  signal?: AbortSignal
}

export interface ServiceClient {
  /** The name of the called service, for problems. */
  readonly name: string
  /**
   * Returns responses below 500, problems included. @throws {Problem} 503 if the service is unavailable, slow or failing
   */
  send(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    request?: ServiceRequest,
  ): Promise<ServiceAnswer>
  /**
   * Requests bytes with this service's own token. The caller must read the stream to its end, or destroy it.
   *
   * @throws {Problem} the problem of the service; 503 if the service is unavailable, slow or failing. The stream itself
   *   also fails with 503.
   */
  stream(path: string, request?: StreamRequest): Promise<Readable>
}

/** Calls another service, with the trace and the request id of the current request. */
export function createServiceClient({
  name,
  baseUrl,
  token,
  watch = unwatched,
  limitMs = 4_000,
}: ServiceClientOptions): ServiceClient {
  return {
    name,
    async send(method, path, { query = {}, body, token: callersToken, ...request } = {}) {
      const url = addressOf(baseUrl, path, query)
      const attempt = async (bearer: string | undefined): Promise<ServiceAnswer> => {
        let answer: TextAnswer
        try {
          answer = await requestText(url, {
            method,
            headers: {
              ...headersOf(bearer, 'application/json'),
              ...(body === undefined ? {} : { 'content-type': 'application/json' }),
            },
            ...(body === undefined ? {} : { body: JSON.stringify(body) }),
            signal: timeLimit(request.limitMs ?? limitMs, ...(request.signal ? [request.signal] : [])),
          })
        } catch (error) {
          if (isUnreachable(error)) watch.failed(error)
          throw problems.unavailable(name, error)
        }
        watch.succeeded()
        return answerOf(name, `${method} ${url.pathname}`, answer)
      }
      if (callersToken !== undefined) return attempt(callersToken)

      const ours = await token?.()
      const answer = await attempt(ours)
      if (!isTokenRejected(answer)) return answer
      // The token was signed with a key that auth-service no longer has. The rejected request changed nothing, so it can
      // be sent again.
      const again = ours === undefined ? answer : await attempt(await token?.(ours))
      assertOurTokenAccepted(name, again)
      return again
    },

    async stream(path, { query = {}, headersLimitMs = 10_000, idleLimitMs = 20_000, signal } = {}) {
      const url = addressOf(baseUrl, path, query)
      const ours = await token?.()
      const controller = new AbortController()
      const abort = () => controller.abort()
      if (signal?.aborted) abort()
      signal?.addEventListener('abort', abort, { signal: controller.signal })
      const attempt = async (bearer: string | undefined): Promise<Readable | ServiceAnswer> => {
        const headers = headersOf(bearer, '*/*')
        const answer = await sendRequest(url, { headers, signal: controller.signal })
        if (answer.isOk) return streamAnswer(answer.body, { name, idleLimitMs, controller })
        return answerOf(name, `GET ${url.pathname}`, { ...answer, text: await text(answer.body) })
      }
      const begin = async () => {
        const answer = await attempt(ours)
        // As in `send`: a rejected request changed nothing.
        const isRejected = !(answer instanceof Readable) && ours !== undefined && isTokenRejected(answer)
        return isRejected ? attempt(await token?.(ours)) : answer
      }
      try {
        const message = `no response within ${headersLimitMs} ms`
        const answer = await pTimeout(begin(), { milliseconds: headersLimitMs, message })
        if (answer instanceof Readable) return answer
        assertOurTokenAccepted(name, answer)
        throw problemOf(answer)
      } catch (error) {
        abort()
        throw error instanceof Problem ? error : problems.unavailable(name, error)
      }
    },
  }
}

function addressOf(baseUrl: string, path: string, query: Record<string, unknown>): URL {
  const url = new URL(path, baseUrl)
  for (const [key, value] of Object.entries(query)) {
    for (const single of [value].flat()) if (single !== undefined) url.searchParams.append(key, String(single))
  }
  return url
}

function headersOf(bearer: string | undefined, accept: string): Record<string, string> {
  const context = currentRequest()
  return {
    accept,
    ...(bearer ? { authorization: `Bearer ${bearer}` } : {}),
    ...(context ? { 'x-request-id': context.requestId, traceparent: context.traceparent } : {}),
    ...(context ? clientHeaders(context) : {}),
  }
}

/** @throws {Problem} 503 if the service failed */
function answerOf(name: Dependency, request: string, { status, headers, text: body }: TextAnswer): ServiceAnswer {
  if (status >= 500) throw problems.unavailable(name, failureOf(request, status, body))
  const retryAfter = headers['retry-after']
  try {
    return { status, body: body === '' ? undefined : JSON.parse(body), retryAfter }
  } catch (error) {
    throw problems.unavailable(name, new Error(`${request} returned ${status}: ${body}`, { cause: error }))
  }
}

/** The cause of a 503. If a dependency of the service is unavailable, the service itself has logged that outage. */
function failureOf(request: string, status: number, body: string): Error {
  const code = codeIn(body)
  if (status !== 503 || !code?.endsWith('-unavailable')) return new Error(`${request} returned ${status}: ${body}`)
  const error = new Error(`${request} returned ${status} ${code}`)
  markReported(error)
  return error
}

function codeIn(body: string): string | undefined {
  try {
    return problemBody.safeParse(JSON.parse(body)).data?.code
  } catch {
    return undefined
  }
}

/** @throws {Problem} 503 if the service rejected this service's own token: a 401 would look like an error of the client */
function assertOurTokenAccepted(name: Dependency, answer: ServiceAnswer): void {
  if (isTokenRejected(answer)) throw problems.unavailable(name, problemOf(answer))
}

function isTokenRejected({ status, body }: ServiceAnswer): boolean {
  return status === 401 && Boolean(problemBody.safeParse(body).data?.code.startsWith('token-'))
}

const problemBody = z.object({
  code: z.string(),
  detail: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
})

/** The problem that another service returned, to pass on to the client. */
export function problemOf({ status, body, retryAfter }: ServiceAnswer): Problem {
  const parsed = problemBody.safeParse(body)
  if (!parsed.success) {
    return problems.unavailable('dependency', new Error(`The service returned ${status} without a problem code`))
  }
  const { code, detail, errors } = parsed.data
  return new Problem(status, code, detail, {
    ...(errors ? { errors } : {}),
    ...(retryAfter ? { headers: { 'Retry-After': retryAfter } } : {}),
  })
}
