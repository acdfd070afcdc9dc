import type { UserClaims } from '@likeness/internal-api'
import type { Request } from 'express'

/** The user who sends a request, with their claims, and the token that speaks for them to another service. */
export interface Caller {
  kind: 'user'
  id: string
  claims: UserClaims
  /** Where the client sent an API key, the token that the key was exchanged for. */
  token: string
}

/** Another of our services. */
export interface ServiceCaller {
  kind: 'service'
  id: string
}

const callers = new WeakMap<Request, Caller | ServiceCaller>()

/** Who sent this request; undefined before `TokenVerifier` has looked at its token, and without one. */
export function callerOf(request: Request): Caller | ServiceCaller | undefined {
  return callers.get(request)
}

export function rememberCaller(request: Request, caller: Caller | ServiceCaller): void {
  callers.set(request, caller)
}
