import type { UserClaims } from '@likeness/internal-api'

/** The user who sent a request, and the token with which to call another service for this user. */
export interface Caller {
  kind: 'user'
  id: string
  claims: UserClaims
  /** If the client sent an API key, the token that the key was exchanged for. */
  token: string
}

/** Another service. */
export interface ServiceCaller {
  kind: 'service'
  id: string
}
