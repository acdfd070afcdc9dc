import type { PassedOnCode } from '@likeness/internal-api'
import { Problem, type CodesOf } from '@likeness/service-kit/process'

/** auth-service's own problems. */
export const authProblems = {
  /** One answer for an unknown address and a wrong password: neither is told apart. */
  invalidCredentials: () => new Problem(401, 'invalid-credentials', 'The e-mail address or the password is wrong.'),
  accountSuspended: () => new Problem(403, 'account-suspended', 'This account is suspended.'),
  invitationInvalid: () =>
    new Problem(404, 'invitation-invalid', 'This invitation has been used, replaced or revoked, or is too old.'),
  accountUnverified: () =>
    new Problem(403, 'account-unverified', 'The e-mail address of this account is still to be confirmed.'),
  wrongPassword: () => new Problem(403, 'wrong-password', 'The current password is wrong.'),
  refreshTokenInvalid: () =>
    new Problem(401, 'refresh-token-invalid', 'The refresh token is not one of ours, or long gone.'),
}

/** This service's own codes, and those of main-service's problems that it passes on. */
export type AuthProblemCode = CodesOf<typeof authProblems> | PassedOnCode
