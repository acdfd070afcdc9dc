import type { UserClaims } from '@likeness/internal-api'

/** The user who sends a request, with their claims, and the token to use for them at another service. */
export interface Caller {
  kind: 'user'
  id: string
  claims: UserClaims
  /** The token that the API key was exchanged for, where the client sent an API key. */
  token: string
}

/** Another of our services. */
export interface ServiceCaller {
  kind: 'service'
  id: string
}
