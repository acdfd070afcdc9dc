import type { z } from 'zod'

import type { UserRow } from './user-rows.ts'
import type { userSchema } from './user-schema.ts'

/** A user as every route shows one. */
export function presentUser(row: UserRow): z.output<typeof userSchema> {
  return {
    id: row.id,
    email: row.email,
    name: row.name,
    status: row.status,
    roles: row.roles,
    avatar: row.avatarMediaId === null ? null : { mediaId: row.avatarMediaId },
    locale: row.locale,
    emailVerifiedAt: row.emailVerifiedAt?.toISOString() ?? null,
    mfaEnabled: false,
    lastLoginAt: row.lastLoginAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  }
}
