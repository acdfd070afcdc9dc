/** A problem as data: one code has one status and one sentence in the whole product. */
export interface ProblemDefinition<Code extends string = string> {
  readonly status: number
  readonly code: Code
  readonly detail: string
}

/** The explanation of a code in docs/errors.md and in `/docs/errors`. `code` marks code, as in Markdown. */
export interface ProblemGuide {
  /** For a code whose `detail` differs from case to case; otherwise, the `detail` is the meaning. */
  readonly meaning?: string
  readonly cause: string
  readonly action: string
}

/**
 * The problems that both main-service and auth-service return. auth-service creates some of them itself, and forwards the
 * others from main-service.
 */
export const sharedProblems = {
  /**
   * The same for an unknown address and a wrong password, so that the problem does not reveal which addresses have an
   * account.
   */
  invalidCredentials: {
    status: 401,
    code: 'invalid-credentials',
    detail: 'The email address or the password is wrong.',
  },
  wrongPassword: { status: 403, code: 'wrong-password', detail: 'The password is wrong.' },
  tooManyAttempts: {
    status: 429,
    code: 'too-many-attempts',
    detail: 'There were too many attempts. Wait for the number of seconds in the Retry-After header, then try again.',
  },
  accountSuspended: {
    status: 403,
    code: 'account-suspended',
    detail: 'This account is suspended. An administrator can reactivate it.',
  },
  accountUnverified: {
    status: 403,
    code: 'account-unverified',
    detail: 'The email address of this account is not verified. An administrator can activate the account.',
  },
  registrationClosed: {
    status: 403,
    code: 'registration-closed',
    detail: 'Registration is closed for this email address. An administrator can send an invitation.',
  },
  emailTaken: { status: 409, code: 'email-taken', detail: 'Another user has this email address.' },
  invitationInvalid: {
    status: 404,
    code: 'invitation-invalid',
    detail: 'This invitation is unknown, has expired, or has been used, replaced or revoked. Ask for a new one.',
  },
  refreshTokenReused: {
    status: 401,
    code: 'refresh-token-reused',
    detail: 'This refresh token was used before, so its session has ended. Log in again.',
  },
} as const satisfies Record<string, ProblemDefinition>

export type SharedProblem = (typeof sharedProblems)[keyof typeof sharedProblems]
