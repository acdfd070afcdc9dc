import { AsyncLocalStorage } from 'node:async_hooks'
import { randomBytes, randomUUID } from 'node:crypto'

import type { Request, RequestHandler } from 'express'

import { accessOf, type AccessState } from './access-state.ts'
import type { Caller, ServiceCaller } from './caller.ts'

/** The context of a request. It is passed on with every call to another service that the request causes. */
export interface RequestContext {
  requestId: string
  /** 32 hexadecimal digits (W3C Trace Context). */
  traceId: string
  /** The `traceparent` of outgoing calls: the trace of the caller, with a new span. */
  traceparent: string
  /** The client's IP address. For a call from another service, the IP address of that service's client. */
  address: string | null
  /** The User-Agent of the client, truncated to 300 characters. */
  userAgent: string | null
  /** The caller, once the token was accepted, and the scope of the caller's permission. */
  access: AccessState
}

const storage = new AsyncLocalStorage<RequestContext>()

export const currentRequest = (): RequestContext | undefined => storage.getStore()

const requestIdPattern = /^[\w.:-]{1,128}$/
const traceparentPattern = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})$/

/** Reads the request id and the trace from the request or creates them, and returns the id as `X-Request-Id`. */
export const followRequest: RequestHandler = (request, response, next) => {
  const given = request.get('x-request-id')
  const requestId = given && requestIdPattern.test(given) ? given : randomUUID()
  const trace = traceparentPattern.exec(request.get('traceparent') ?? '')
  const traceId = trace?.[1] ?? randomBytes(16).toString('hex')
  const traceparent = `00-${traceId}-${randomBytes(8).toString('hex')}-${trace?.[2] ?? '01'}`
  response.set('X-Request-Id', requestId)
  // A proxy can send a value that is too long or is not an address.
  const address = request.ip?.slice(0, 100) ?? null
  const userAgent = truncate(request.get('user-agent'))
  storage.run({ requestId, traceId, traceparent, address, userAgent, access: accessOf(request) }, next)
}

const clientAddress = 'x-client-address'
const clientAgent = 'x-client-agent'

/** Headers with the address and the user agent of the client, for the called service. */
export function clientHeaders({ address, userAgent }: RequestContext): Record<string, string> {
  return {
    ...(address === null ? {} : { [clientAddress]: address }),
    ...(userAgent === null ? {} : { [clientAgent]: userAgent }),
  }
}

/**
 * Stores the caller. If the caller is another service, also replaces the address and the user agent by the values for
 * its client, which the service sends in headers.
 */
export function storeCaller(request: Request, caller: Caller | ServiceCaller): void {
  accessOf(request).caller = caller
  const context = currentRequest()
  if (!context || caller.kind !== 'service') return
  context.address = request.get(clientAddress)?.slice(0, 100) ?? null
  context.userAgent = truncate(request.get(clientAgent))
}

const truncate = (text: string | undefined) => text?.replace(/\p{Cc}/gu, ' ').slice(0, 300) ?? null
