import type { Mediasdb } from '@likeness/mediasdb'
import type { Scope } from '@likeness/service-kit/identity'
import { problems, type Caller } from '@likeness/service-kit/process'

import { findMedia, type MediaAccess, type MediaRow } from './media-rows.ts'

/**
 * Returns the media if the caller is allowed to read it.
 *
 * @throws {Problem} 404 when the media does not exist or the caller is not allowed to read it; without a token 401.
 */
export async function readableMedia(
  { mediasdb }: { mediasdb: Mediasdb },
  id: string,
  { caller, scope }: { caller: Caller | undefined; scope: Scope | 'none' },
): Promise<MediaRow> {
  const media = await findMedia(mediasdb, id)
  if (isReadable(media, { caller, scope })) return media
  throw notReadable(caller)
}

/** Whether the caller is allowed to read a media. False if the media does not exist. */
export function isReadable<Media extends MediaAccess>(
  media: Media | undefined,
  { caller, scope }: { caller: Caller | undefined; scope: Scope | 'none' },
): media is Media {
  return media !== undefined && (isInScope(media, caller, scope) || isPublic(media))
}

/** The problem for a media that does not exist, or that the caller is not allowed to read. */
export const notReadable = (caller: Caller | undefined) =>
  caller ? problems.notFound('media') : problems.tokenMissing()

/** Asserts that the caller's permission applies to a media. @throws {Problem} 404. */
export function assertInScope(media: MediaRow | undefined, caller: Caller, scope: Scope): asserts media is MediaRow {
  if (!media || !isInScope(media, caller, scope)) throw problems.notFound('media')
}

/** Whether the caller's permission applies to a media. A public media can be read without the permission. */
export const isInScope = (media: MediaAccess, caller: Caller | undefined, scope: Scope | 'none') =>
  scope === 'all' || (scope === 'own' && media.ownerId === caller?.id)

const isPublic = (media: MediaAccess) => media.visibility === 'public' && media.trashedAt === null
