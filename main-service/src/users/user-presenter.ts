import type { User } from '@likeness/internal-api'

import { presentAvatar } from './avatar-presenter.ts'
import type { UserRow } from './user-rows.ts'

export function presentUser(row: UserRow): User {
  return {
    id: row.id,
    email: row.email,
    name: row.name,
    status: row.status,
    roles: row.roles,
    profile: row.profile,
    avatar: presentAvatar(row),
    locale: row.locale,
    emailVerifiedAt: row.emailVerifiedAt,
    mfaEnabled: false,
    lastLoginAt: row.lastLoginAt,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  }
}
