import { sharedProblems, type PassedOnCode } from '@likeness/internal-api'
import { Problem, problemFrom, type CodesOf } from '@likeness/service-kit/process'

/** The problems that auth-service returns. */
export const authProblems = {
  invalidCredentials: () => problemFrom(sharedProblems.invalidCredentials),
  accountSuspended: () => problemFrom(sharedProblems.accountSuspended),
  accountUnverified: () => problemFrom(sharedProblems.accountUnverified),
  wrongPassword: () => problemFrom(sharedProblems.wrongPassword),
  invitationInvalid: () => problemFrom(sharedProblems.invitationInvalid),
  refreshTokenInvalid: () =>
    new Problem(401, 'refresh-token-invalid', 'The refresh token is unknown or was deleted. Log in again.'),
}

/** This service's own codes, and those of the problems from main-service that it returns to clients. */
export type AuthProblemCode = CodesOf<typeof authProblems> | PassedOnCode
