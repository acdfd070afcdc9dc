import { sharedProblems } from '@likeness/internal-api'
import { Problem, problemFrom, type CodesOf } from '@likeness/service-kit/process'

/** The problems that main-service answers. */
export const mainProblems = {
  emailTaken: () => new Problem(409, 'email-taken', 'Somebody has this email address already.'),
  registrationClosed: () => new Problem(403, 'registration-closed', 'Nobody can register at the moment.'),
  invalidCredentials: () => problemFrom(sharedProblems.invalidCredentials),
  accountSuspended: () => problemFrom(sharedProblems.accountSuspended),
  accountUnverified: () => problemFrom(sharedProblems.accountUnverified),
  wrongPassword: () => problemFrom(sharedProblems.wrongPassword),
  invitationInvalid: () => problemFrom(sharedProblems.invitationInvalid),
  tooManyAttempts: (retryAfterSeconds: number) =>
    new Problem(429, 'too-many-attempts', 'There were too many failed attempts; try again later.', {
      headers: { 'Retry-After': String(retryAfterSeconds) },
    }),
  tooManyExports: (retryAfterSeconds: number) =>
    new Problem(429, 'too-many-exports', 'There are as many exports at the moment as can be; try again later.', {
      headers: { 'Retry-After': String(retryAfterSeconds) },
    }),
  refreshTokenReused: () =>
    new Problem(401, 'refresh-token-reused', 'This refresh token was spent before; its session has been ended.'),

  avatarMediaUnknown: () => new Problem(422, 'avatar-media-unknown', 'There is no such media, or you may not see it.'),
  avatarNotAnImage: () => new Problem(422, 'avatar-not-an-image', 'The media is not an image, or is in the trash.'),
  avatarNotYours: () =>
    new Problem(
      403,
      'avatar-not-yours',
      'The media is neither public, nor yours, nor theirs whose avatar it is to be.',
    ),

  grantExceedsOwn: (permission: string, heldUntil: Date | null = null) => {
    const held = heldUntil ? `hold it only until ${heldUntil.toISOString()}` : 'do not hold it'
    return new Problem(403, 'grant-exceeds-own', `You cannot grant or revoke ${permission}: you yourself ${held}.`)
  },
  userExceedsOwn: (permission: string) =>
    new Problem(403, 'user-exceeds-own', `This affects a user who holds ${permission}, which you do not hold.`),
  lastAdmin: () => new Problem(409, 'last-admin', 'This would leave no administrator.'),

  tooManyKeys: (most: number) =>
    new Problem(409, 'too-many-keys', `One person has at most ${most} API keys at a time: revoke one first.`),

  roleSeeded: () => new Problem(409, 'role-seeded', 'This role is part of the product: it keeps its name, and stays.'),
  roleInUse: (members: number) =>
    new Problem(409, 'role-in-use', `Users have this role (${members}); ?force=true takes it from them.`),
  roleNameTaken: () => new Problem(409, 'role-name-taken', 'Another role has this name.'),
  permissionSeeded: () =>
    new Problem(409, 'permission-seeded', 'This permission is part of the product: it keeps its name, and stays.'),
  permissionInUse: () => new Problem(409, 'permission-in-use', 'Roles have this permission.'),
  permissionNameTaken: () => new Problem(409, 'permission-name-taken', 'Another permission has this name.'),
}

export type MainProblemCode = CodesOf<typeof mainProblems>

const takenNames: Record<string, () => Problem> = {
  users_email_key: mainProblems.emailTaken,
  roles_name_key: mainProblems.roleNameTaken,
  permissions_name_key: mainProblems.permissionNameTaken,
}

/**
 * What the database's own constraints refuse, as problems: only they know when two come at once. 23505: PostgreSQL's
 * unique_violation.
 */
export function translateConstraint(error: unknown): Problem | undefined {
  const { code, constraint } = error as { code?: string; constraint?: string }
  return code === '23505' ? takenNames[constraint ?? '']?.() : undefined
}
