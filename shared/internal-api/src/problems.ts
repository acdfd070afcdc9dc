/** A problem as data: one code has one status and one sentence in the whole product. */
export interface ProblemDefinition<Code extends string = string> {
  readonly status: number
  readonly code: Code
  readonly detail: string
}

/** The problems that both main-service and auth-service answer. */
export const sharedProblems = {
  /**
   * The same for an unknown address and a wrong password, so that it does not reveal which addresses have an account.
   */
  invalidCredentials: {
    status: 401,
    code: 'invalid-credentials',
    detail: 'The email address or the password is wrong.',
  },
  accountSuspended: { status: 403, code: 'account-suspended', detail: 'This account is suspended.' },
  accountUnverified: {
    status: 403,
    code: 'account-unverified',
    detail: 'The email address of this account has not been confirmed yet.',
  },
  wrongPassword: { status: 403, code: 'wrong-password', detail: 'The password is wrong.' },
  invitationInvalid: {
    status: 404,
    code: 'invitation-invalid',
    detail: 'This invitation has been used, replaced or revoked, or has expired.',
  },
} as const satisfies Record<string, ProblemDefinition>
