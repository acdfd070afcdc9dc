import { AsyncLocalStorage } from 'node:async_hooks'
import { randomBytes, randomUUID } from 'node:crypto'

import type { Request, RequestHandler } from 'express'

import { accessOf, type AccessState } from './access-state.ts'
import type { Caller, ServiceCaller } from './caller.ts'

/** What follows a request through every call it causes, in this service and the next. */
export interface RequestContext {
  requestId: string
  /** 32 hexadecimal digits, from W3C Trace Context. */
  traceId: string
  /** The `traceparent` to send on: the caller's trace, with a span of our own. */
  traceparent: string
  /** Where the client is; of a call from another service, where that one's client is. */
  address: string | null
  /** The client's own word for itself, cut to 300 characters. */
  userAgent: string | null
  /** Who is asking, once their token has been accepted, and how far they may go. */
  access: AccessState
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
  // What a proxy hands on need not be an address, or short.
  const address = request.ip?.slice(0, 100) ?? null
  const userAgent = cut(request.get('user-agent'))
  storage.run({ requestId, traceId, traceparent, address, userAgent, access: accessOf(request) }, next)
}

const clientAddress = 'x-client-address'
const clientAgent = 'x-client-agent'

/** Tells the service that is called about our own client. */
export function clientHeaders({ address, userAgent }: RequestContext): Record<string, string> {
  return {
    ...(address === null ? {} : { [clientAddress]: address }),
    ...(userAgent === null ? {} : { [clientAgent]: userAgent }),
  }
}

/** Notes who is asking. Another service speaks for its own client, and says who that is. */
export function noteCaller(request: Request, caller: Caller | ServiceCaller): void {
  accessOf(request).caller = caller
  const context = currentRequest()
  if (!context || caller.kind !== 'service') return
  context.address = request.get(clientAddress)?.slice(0, 100) ?? null
  context.userAgent = cut(request.get(clientAgent))
}

const cut = (text: string | undefined) => text?.replace(/\p{Cc}/gu, ' ').slice(0, 300) ?? null
