import { sharedProblems, type PassedOnCode } from '@likeness/internal-api'
import { Problem, problemFrom, type CodesOf } from '@likeness/service-kit/process'

/** The problems that auth-service answers. */
export const authProblems = {
  invalidCredentials: () => problemFrom(sharedProblems.invalidCredentials),
  accountSuspended: () => problemFrom(sharedProblems.accountSuspended),
  accountUnverified: () => problemFrom(sharedProblems.accountUnverified),
  wrongPassword: () => problemFrom(sharedProblems.wrongPassword),
  invitationInvalid: () => problemFrom(sharedProblems.invitationInvalid),
  refreshTokenInvalid: () =>
    new Problem(401, 'refresh-token-invalid', 'The refresh token is not one of ours, or long gone.'),
}

/** This service's own codes, and those of main-service's problems that it passes on. */
export type AuthProblemCode = CodesOf<typeof authProblems> | PassedOnCode
