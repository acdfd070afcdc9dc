import type { Request } from 'express'

import type { Caller, ServiceCaller } from './caller.ts'

/** The caller of a request and the scope of their permission. One object for each request, filled in step by step. */
export interface AccessState {
  /** The access token that the request's API key was exchanged for. */
  exchangedToken?: string
  /** Undefined without a token, and before `TokenVerifier` accepted the token. */
  caller?: Caller | ServiceCaller
  /** The scope of the caller's permission. Undefined where the route needs no permission. */
  scope?: 'all' | 'own' | 'none'
}

// Stored by request, not in the asynchronous context: a body parser may call back outside the request's context.
const states = new WeakMap<Request, AccessState>()

/** The state of this request; the request context holds the same object. */
export function accessOf(request: Request): AccessState {
  const known = states.get(request)
  if (known) return known
  const state: AccessState = {}
  states.set(request, state)
  return state
}

/** The caller of this request. Undefined without a token, and before `TokenVerifier` accepted the token. */
export const callerOf = (request: Request): Caller | ServiceCaller | undefined => accessOf(request).caller
