import type { User } from '@likeness/internal-api'

import type { AvatarRow } from './user-rows.ts'

/** @param publicUrl the origin of the URLs. Default: the URLs are paths */
export function presentAvatar(row: AvatarRow, publicUrl = ''): User['avatar'] {
  const { avatarMediaId: mediaId, avatarVersion, avatarSizes } = row
  if (mediaId === null) return null
  const urls = (avatarSizes ?? []).map((size) => [size, publicUrl + avatarPath(mediaId, size, avatarVersion)])
  return { mediaId, urls: Object.fromEntries(urls) }
}

/**
 * The path of a size. It contains no format: medias-service chooses it by the header `Accept`. With the version, caches keep
 * the picture for a year. An avatar that an older release set has no version, so caches revalidate the picture.
 */
function avatarPath(mediaId: string, size: string, version: number | null): string {
  const path = `/api/v1/media/${mediaId}/sizes/${size}`
  return version === null ? path : `${path}?v=${version}`
}
