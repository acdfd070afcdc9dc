export { audiences, serviceClaimsSchema, userClaimsSchema } from './claims.ts'
export type { UserClaims } from './claims.ts'
export { revocationPageSchema } from './revocations.ts'
export type { Revocation, RevocationPage } from './revocations.ts'
