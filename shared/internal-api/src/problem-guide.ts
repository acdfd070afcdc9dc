import type { ProblemGuide, SharedProblem } from './problems.ts'

/** The explanation of each problem that both main-service and auth-service return. */
export const sharedGuide: Record<SharedProblem['code'], ProblemGuide> = {
  'invalid-credentials': {
    cause:
      'No user has this email address, or the password is wrong. Both cases return the same error, so that the response does not reveal which addresses have an account. A user who has not accepted an invitation yet has no password.',
    action: 'Ask the user to enter the email address and the password again.',
  },
  'wrong-password': {
    cause:
      'The password in the request is not the current password. A change of the password, and the deletion of an account, require the current password.',
    action: 'Ask the user to enter the current password again.',
  },
  'too-many-attempts': {
    cause:
      'Within 15 minutes, there were more than 10 password attempts for this email address, more than `LOGIN_FAILURES_PER_ADDRESS` failed logins from this network address, more than `REGISTRATIONS_PER_ADDRESS` registrations from it, or more than 100 wrong tokens. A device that sends its `deviceToken` has its own count of password attempts, separate from the other counts. A correct password resets the count of the email address.',
    action:
      'Wait for the number of seconds in the `Retry-After` header, then try again. If many users behind a reverse proxy get this error, the services do not know their addresses: set `TRUSTED_PROXIES`.',
  },
  'account-suspended': {
    cause: 'The password is correct, but an administrator has suspended the user.',
    action: 'Ask an administrator to set the status of the user to `active`.',
  },
  'account-unverified': {
    cause: 'The password is correct, but the status of the user is `unverified`.',
    action: 'Ask an administrator to set the status of the user to `active`.',
  },
  'registration-closed': {
    cause: 'The feature flag `registration` is off for the domain of this email address.',
    action: 'Ask an administrator for an invitation, or switch the feature flag on.',
  },
  'email-taken': {
    cause:
      'A user with this email address already exists. Addresses that differ only in upper and lower case are the same address.',
    action: 'Log in with this address, or use another one.',
  },
  'invitation-invalid': {
    cause:
      'The token of the invitation is unknown or more than 7 days old, or the invitation was accepted, revoked, or replaced by a newer one.',
    action: 'Ask an administrator for a new invitation.',
  },
  'refresh-token-reused': {
    cause:
      'A refresh token can be used once. This token was used a second time, so two clients have the token, and one of them may have stolen it. For this reason, the session was ended.',
    action:
      'Log in again. A client must store the new refresh token of each response, and must not send two refresh requests at the same time.',
  },
}
