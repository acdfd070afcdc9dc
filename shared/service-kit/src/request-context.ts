import { AsyncLocalStorage } from 'node:async_hooks'
import { randomBytes, randomUUID } from 'node:crypto'

import type { RequestHandler } from 'express'

/** What follows a request through every call it causes, in this service and the next. */
export interface RequestContext {
  requestId: string
  /** 32 hexadecimal digits, from W3C Trace Context. */
  traceId: string
  /** The `traceparent` to send on: the caller's trace, with a span of our own. */
  traceparent: string
}

const storage = new AsyncLocalStorage<RequestContext>()

export const currentRequest = (): RequestContext | undefined => storage.getStore()

const requestIdPattern = /^[\w.:-]{1,128}$/
const traceparentPattern = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})$/

/** Takes over or makes the request id and the trace, and echoes the id as `X-Request-Id`. */
export const followRequest: RequestHandler = (request, response, next) => {
  const given = request.get('x-request-id')
  const requestId = given && requestIdPattern.test(given) ? given : randomUUID()
  const trace = traceparentPattern.exec(request.get('traceparent') ?? '')
  const traceId = trace?.[1] ?? randomBytes(16).toString('hex')
  const traceparent = `00-${traceId}-${randomBytes(8).toString('hex')}-${trace?.[2] ?? '01'}`
  response.set('X-Request-Id', requestId)
  storage.run({ requestId, traceId, traceparent }, next)
}
