import type { User } from '@likeness/internal-api'

import { presentAvatar } from './avatar-presenter.ts'
import type { UserRow } from './user-rows.ts'

/** @param publicUrl the origin of the avatar's URLs. Default: the URLs are paths, as in the audit trail */
export function presentUser(row: UserRow, publicUrl?: string): User {
  return {
    id: row.id,
    email: row.email,
    name: row.name,
    status: row.status,
    roles: row.roles,
    profile: row.profile,
    avatar: presentAvatar(row, publicUrl),
    locale: row.locale,
    emailVerifiedAt: row.emailVerifiedAt,
    mfaEnabled: false,
    lastLoginAt: row.lastLoginAt,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  }
}
