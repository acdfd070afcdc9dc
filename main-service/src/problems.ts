import { sharedProblems } from '@likeness/internal-api'
import { Problem, problemFrom, type CodesOf } from '@likeness/service-kit/process'

/** The problems that main-service returns. */
export const mainProblems = {
  emailTaken: () => problemFrom(sharedProblems.emailTaken),
  registrationClosed: () => problemFrom(sharedProblems.registrationClosed),
  invalidCredentials: () => problemFrom(sharedProblems.invalidCredentials),
  accountSuspended: () => problemFrom(sharedProblems.accountSuspended),
  accountUnverified: () => problemFrom(sharedProblems.accountUnverified),
  wrongPassword: () => problemFrom(sharedProblems.wrongPassword),
  invitationInvalid: () => problemFrom(sharedProblems.invitationInvalid),
  refreshTokenReused: () => problemFrom(sharedProblems.refreshTokenReused),
  tooManyAttempts: (retryAfterSeconds: number) =>
    problemFrom(sharedProblems.tooManyAttempts, { headers: { 'Retry-After': String(retryAfterSeconds) } }),
  tooManyExports: (retryAfterSeconds: number) =>
    new Problem(
      429,
      'too-many-exports',
      'Too many exports are running. Wait for the number of seconds in the Retry-After header, then try again.',
      { headers: { 'Retry-After': String(retryAfterSeconds) } },
    ),

  avatarMediaUnknown: () =>
    new Problem(422, 'avatar-media-unknown', 'The media does not exist, or you do not have access to it.'),
  avatarNotAnImage: () =>
    new Problem(422, 'avatar-not-an-image', 'An avatar must be an image that is not in the trash.'),
  avatarNotPublic: () =>
    new Problem(
      422,
      'avatar-not-public',
      'The media is private, so other users could not see the avatar. Change the visibility of the media to public first.',
    ),
  avatarFailed: () =>
    new Problem(
      422,
      'avatar-failed',
      'The picture could not be processed, so it has no sizes. Choose another picture, or reprocess it first.',
    ),

  grantExceedsOwn: (permission: string, heldUntil: Date | null = null) => {
    const own = heldUntil ? `have ${permission} only until ${heldUntil.toISOString()}` : `do not have ${permission}`
    return new Problem(403, 'grant-exceeds-own', `You can only grant or revoke permissions that you have. You ${own}.`)
  },
  userExceedsOwn: (permission: string) =>
    new Problem(
      403,
      'user-exceeds-own',
      `This request affects a user who has ${permission}. You can only change or export users whose permissions you have too.`,
    ),
  lastAdmin: () =>
    new Problem(
      409,
      'last-admin',
      'This change would leave no active administrator. Make another user an administrator first.',
    ),

  tooManyKeys: (maximum: number) =>
    new Problem(409, 'too-many-keys', `You already have ${maximum} API keys, which is the maximum. Revoke one first.`),

  roleSeeded: () => new Problem(409, 'role-seeded', 'This role is built in. It cannot be renamed or deleted.'),
  roleInUse: (members: number) =>
    new Problem(
      409,
      'role-in-use',
      `The number of users with this role is ${members}. Add ?force=true to delete the role anyway.`,
    ),
  roleNameTaken: () =>
    new Problem(409, 'role-name-taken', 'Another role has this name, or a name that looks the same.'),
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
  role_name_key_pkey: mainProblems.roleNameTaken,
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
