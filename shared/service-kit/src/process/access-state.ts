import type { Request } from 'express'

import type { Caller, ServiceCaller } from './caller.ts'

/** What a request's token gives it. There is one for each request, filled in step by step. */
export interface AccessState {
  /** The access token that the request's API key was exchanged for. */
  exchangedToken?: string
  /** Undefined before `TokenVerifier` has accepted a token, and without one. */
  caller?: Caller | ServiceCaller
  /** How far the caller's permission reaches; undefined where the route needs no permission. */
  scope?: 'all' | 'own' | 'none'
}

// By request, not by asynchronous context: a parser of a body may call back outside the request's context.
const states = new WeakMap<Request, AccessState>()

/** The state of this request; the request context holds the same object. */
export function accessOf(request: Request): AccessState {
  const known = states.get(request)
  if (known) return known
  const state: AccessState = {}
  states.set(request, state)
  return state
}

/** Who sent this request; undefined before `TokenVerifier` has accepted a token, and without one. */
export const callerOf = (request: Request): Caller | ServiceCaller | undefined => accessOf(request).caller
