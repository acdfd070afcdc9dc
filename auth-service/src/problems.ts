import { sharedProblems, type SharedProblem } from '@likeness/internal-api'
import { Problem, problemFrom, type CodesOf } from '@likeness/service-kit/process'

/** The problems that auth-service creates. */
export const authProblems = {
  invalidCredentials: () => problemFrom(sharedProblems.invalidCredentials),
  accountSuspended: () => problemFrom(sharedProblems.accountSuspended),
  accountUnverified: () => problemFrom(sharedProblems.accountUnverified),
  wrongPassword: () => problemFrom(sharedProblems.wrongPassword),
  invitationInvalid: () => problemFrom(sharedProblems.invitationInvalid),
  overloaded: () =>
    new Problem(
      503,
      'overloaded',
      'Too many passwords are being checked. Wait for the number of seconds in the Retry-After header, then try again.',
      { headers: { 'Retry-After': '2' } },
    ),
  refreshTokenInvalid: () => new Problem(401, 'refresh-token-invalid', 'The refresh token is not valid. Log in again.'),
}

/** The codes of the problems that auth-service creates, and of the problems of main-service that it forwards to clients. */
export type AuthProblemCode = CodesOf<typeof authProblems> | SharedProblem['code']
