import type { Request } from 'express'

import type { Caller, ServiceCaller } from './caller.ts'

/** The caller of a request and the scope of the caller's permission. One object for each request, filled step by step. */
export interface AccessState {
  /** The access token that the request's API key was exchanged for. */
  exchangedToken?: string
  /** Undefined without a token, and until `TokenVerifier` has accepted the token. */
  caller?: Caller | ServiceCaller
  /** The caller for which the request was counted (`request-limits.ts`). */
  countedCaller?: Caller
  /** The scope of the caller's permission. Undefined if the route needs no permission. */
  scope?: 'all' | 'own' | 'none'
}

// Stored by request, not in the asynchronous context, because a body parser may call back outside that context.
const states = new WeakMap<Request, AccessState>()

/** The state of this request; the request context holds the same object. */
export function accessOf(request: Request): AccessState {
  const known = states.get(request)
  if (known) return known
  const state: AccessState = {}
  states.set(request, state)
  return state
}

/** The caller of this request. Undefined without a token, and until `TokenVerifier` has accepted the token. */
export const callerOf = (request: Request): Caller | ServiceCaller | undefined => accessOf(request).caller
