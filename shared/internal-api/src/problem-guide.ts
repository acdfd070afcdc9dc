import type { ProblemGuide, SharedProblem } from './problems.ts'

/** The explanation of each problem that both main-service and auth-service return. */
export const sharedGuide: Record<SharedProblem['code'], ProblemGuide> = {
  'invalid-credentials': {
    cause:
      'No user has this email address, or the password is wrong. Both cases return the same error, so that it does not reveal who has an account. A user who has not accepted an invitation yet has no password.',
    action: 'Ask the person for the email address and the password again.',
  },
  'wrong-password': {
    cause:
      'A change of the password, or the deletion of an account, requires the current password, and the request has another one.',
    action: 'Ask the person for the current password again.',
  },
  'too-many-attempts': {
    cause:
      'More than 10 password attempts were made within 15 minutes, for this email address or from a device that is known for it. A correct password resets the count.',
    action: 'Wait for the number of seconds in the `Retry-After` header, then try again.',
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
      'A refresh token can be used once. This one was used a second time, so two clients have it, and one of them may have stolen it. For this reason, the session was ended.',
    action:
      'Log in again. A client must store the new refresh token of each response, and must not send two refresh requests at the same time.',
  },
}
