import type { ProblemGuide, SharedProblem } from '@likeness/internal-api'
import { accountErrors, explain, problemsOf, type ErrorSection } from '@likeness/service-kit/http'

import { oauthErrors } from './oauth/oauth-guide.ts'
import { authProblems, type AuthProblemCode } from './problems.ts'

/** The explanation of each problem of auth-service, in the order of docs/errors.md. */
const authGuide: Record<Exclude<AuthProblemCode, SharedProblem['code']>, ProblemGuide> = {
  overloaded: {
    cause:
      'The request needs a password hash, and would wait more than 1.2 seconds for it. Many clients log in at the same time, or somebody guesses passwords from many addresses. Logins with a `deviceToken` and changes of passwords are processed first.',
    action:
      'Wait for the number of seconds in the `Retry-After` header, then try again. Send the `deviceToken` of an earlier login. Operators: run more replicas of auth-service, or give it more CPU cores.',
  },
  'refresh-token-invalid': {
    cause: 'The refresh token is damaged, or its session ended long ago and was deleted.',
    action: 'Log in again.',
  },
}

/** The sections of auth-service's page of error codes. */
export function authErrors(): ErrorSection[] {
  const accounts = accountErrors()
  return [
    { ...accounts, entries: [...accounts.entries, ...explain(problemsOf(authProblems), authGuide)] },
    oauthErrors(),
  ]
}
