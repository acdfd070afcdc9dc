import { sharedProblems } from '@likeness/internal-api'
import { Problem, problemFrom, type CodesOf } from '@likeness/service-kit/process'

/** The problems that main-service returns. */
export const mainProblems = {
  emailTaken: () => new Problem(409, 'email-taken', 'Another user has this email address.'),
  registrationClosed: () => new Problem(403, 'registration-closed', 'Registration is closed.'),
  invalidCredentials: () => problemFrom(sharedProblems.invalidCredentials),
  accountSuspended: () => problemFrom(sharedProblems.accountSuspended),
  accountUnverified: () => problemFrom(sharedProblems.accountUnverified),
  wrongPassword: () => problemFrom(sharedProblems.wrongPassword),
  invitationInvalid: () => problemFrom(sharedProblems.invitationInvalid),
  tooManyAttempts: (retryAfterSeconds: number) =>
    new Problem(429, 'too-many-attempts', 'There were too many failed attempts. Try again later.', {
      headers: { 'Retry-After': String(retryAfterSeconds) },
    }),
  tooManyExports: (retryAfterSeconds: number) =>
    new Problem(429, 'too-many-exports', 'Too many exports are running. Try again later.', {
      headers: { 'Retry-After': String(retryAfterSeconds) },
    }),
  refreshTokenReused: () =>
    new Problem(
      401,
      'refresh-token-reused',
      'This refresh token was used before, so its session has ended. Log in again.',
    ),

  avatarMediaUnknown: () =>
    new Problem(422, 'avatar-media-unknown', 'The media does not exist, or you may not see it.'),
  avatarNotAnImage: () => new Problem(422, 'avatar-not-an-image', 'The media is not an image, or is in the trash.'),
  avatarNotYours: () =>
    new Problem(403, 'avatar-not-yours', 'An avatar must be public, or belong to you or to the user who gets it.'),

  grantExceedsOwn: (permission: string, heldUntil: Date | null = null) => {
    const held = heldUntil ? `hold it only until ${heldUntil.toISOString()}` : 'do not hold it'
    return new Problem(403, 'grant-exceeds-own', `You cannot grant or revoke ${permission}, because you ${held}.`)
  },
  userExceedsOwn: (permission: string) =>
    new Problem(403, 'user-exceeds-own', `This affects a user who holds ${permission}, which you do not hold.`),
  lastAdmin: () => new Problem(409, 'last-admin', 'This would leave no administrator.'),

  tooManyKeys: (most: number) =>
    new Problem(409, 'too-many-keys', `You have ${most} API keys, the most that a user can have. Revoke one first.`),

  roleSeeded: () => new Problem(409, 'role-seeded', 'This role is built in. It cannot be renamed or deleted.'),
  roleInUse: (members: number) =>
    new Problem(409, 'role-in-use', `Users who have this role: ${members}. Add ?force=true to delete it anyway.`),
  roleNameTaken: () => new Problem(409, 'role-name-taken', 'Another role has this name.'),
  permissionSeeded: () =>
    new Problem(409, 'permission-seeded', 'This permission is built in. It cannot be renamed or deleted.'),
  permissionInUse: () =>
    new Problem(409, 'permission-in-use', 'At least one role has this permission. Remove it from every role first.'),
  permissionNameTaken: () => new Problem(409, 'permission-name-taken', 'Another permission has this name.'),
}

export type MainProblemCode = CodesOf<typeof mainProblems>

const takenNames: Record<string, () => Problem> = {
  users_email_key: mainProblems.emailTaken,
  roles_name_key: mainProblems.roleNameTaken,
  permissions_name_key: mainProblems.permissionNameTaken,
}

/**
 * The problem for a violated constraint: only the database notices when two concurrent requests take the same name.
 * 23505 is PostgreSQL's unique_violation.
 */
export function translateConstraint(error: unknown): Problem | undefined {
  const { code, constraint } = error as { code?: string; constraint?: string }
  return code === '23505' ? takenNames[constraint ?? '']?.() : undefined
}
