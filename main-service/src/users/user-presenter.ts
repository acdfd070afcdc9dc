import type { User } from '@likeness/internal-api'

import type { UserRow } from './user-rows.ts'

export function presentUser(row: UserRow): User {
  return {
    id: row.id,
    email: row.email,
    name: row.name,
    status: row.status,
    roles: row.roles,
    profile: row.profile,
    avatar: row.avatarMediaId === null ? null : presentAvatar(row.avatarMediaId, row.avatarSizes ?? []),
    locale: row.locale,
    emailVerifiedAt: row.emailVerifiedAt,
    mfaEnabled: false,
    lastLoginAt: row.lastLoginAt,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  }
}

/** The URLs contain no format: medias-service chooses it by the header `Accept`. */
function presentAvatar(mediaId: string, sizes: string[]) {
  return { mediaId, urls: Object.fromEntries(sizes.map((size) => [size, `/api/v1/media/${mediaId}/sizes/${size}`])) }
}
