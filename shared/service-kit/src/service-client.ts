import { z } from 'zod'

import { Problem, problems } from './problem.ts'
import { clientHeaders, currentRequest } from './request-context.ts'
import { timeLimit } from './time-limit.ts'

interface ServiceClientOptions {
  /** The name of the service that is called, for problems and logs: `main-service`. */
  name: string
  baseUrl: string
  /** Our own token, where the call does not bring its caller's. */
  token?: () => Promise<string>
  limitMs?: number
}

interface ServiceRequest {
  query?: Record<string, unknown>
  body?: unknown
  /** The caller's own token, where the caller's rights decide. */
  token?: string
  /** Above the client's own, for an answer that is waited for. */
  limitMs?: number
  signal?: AbortSignal
}

export interface ServiceAnswer {
  status: number
  body: unknown
  /** Its `Retry-After`, where it says when to come back. */
  retryAfter?: string | undefined
}

export interface ServiceClient {
  /** Answers below 500, problems included; @throws {Problem} 503 when the service is away, slow or failing. */
  send(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    request?: ServiceRequest,
  ): Promise<ServiceAnswer>
}

/** Calls another of our services, with the trace and the request id of what caused it. */
export function createServiceClient({ name, baseUrl, token, limitMs = 4_000 }: ServiceClientOptions): ServiceClient {
  return {
    async send(method, path, { query = {}, body, token: callersToken, ...request } = {}) {
      const url = new URL(path, baseUrl)
      for (const [key, value] of Object.entries(query)) {
        for (const single of [value].flat()) if (single !== undefined) url.searchParams.append(key, String(single))
      }
      const bearer = callersToken ?? (await token?.())
      const context = currentRequest()
      let response: Response
      let text: string
      try {
        response = await fetch(url, {
          method,
          headers: {
            accept: 'application/json',
            ...(bearer ? { authorization: `Bearer ${bearer}` } : {}),
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
            ...(context ? { 'x-request-id': context.requestId, traceparent: context.traceparent } : {}),
            ...(context ? clientHeaders(context) : {}),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          signal: timeLimit(request.limitMs ?? limitMs, ...(request.signal ? [request.signal] : [])),
          redirect: 'error',
        })
        text = await response.text()
      } catch (error) {
        throw problems.unavailable(name, error)
      }
      if (response.status >= 500) {
        throw problems.unavailable(name, new Error(`${method} ${url.pathname} answered ${response.status}: ${text}`))
      }
      const retryAfter = response.headers.get('retry-after') ?? undefined
      return { status: response.status, body: text === '' ? undefined : JSON.parse(text), retryAfter }
    },
  }
}

const problemBody = z.object({
  code: z.string(),
  detail: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
})

/** Hands another service's problem on to our own client. */
export function problemOf({ status, body, retryAfter }: ServiceAnswer): Problem {
  const parsed = problemBody.safeParse(body)
  if (!parsed.success) return new Problem(503, 'dependency-unavailable', 'Another service gave an answer that is none.')
  const { code, detail, errors } = parsed.data
  return new Problem(status, code, detail, {
    ...(errors ? { errors } : {}),
    ...(retryAfter ? { headers: { 'Retry-After': retryAfter } } : {}),
  })
}
