import type { UserClaims } from '@likeness/internal-api'

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
