import type { Scope } from '@likeness/service-kit/identity'
import { problems, type Caller } from '@likeness/service-kit/process'

import type { Context } from '../context.ts'
import { findMedia, type MediaRow } from './media-rows.ts'

/**
 * Returns the media if the caller is allowed to read it.
 *
 * @throws {Problem} 404 when the media does not exist or the caller is not allowed to read it; without a token 401.
 */
export async function readableMedia(
  { mediasdb }: Context,
  id: string,
  { caller, scope }: { caller: Caller | undefined; scope: Scope | 'none' },
): Promise<MediaRow> {
  const media = await findMedia(mediasdb, id)
  if (media && (isInScope(media, caller, scope) || isPublic(media))) return media
  throw caller ? problems.notFound('media') : problems.tokenMissing()
}

/** Asserts that the caller's permission applies to a media. @throws {Problem} 404. */
export function assertInScope(media: MediaRow | undefined, caller: Caller, scope: Scope): asserts media is MediaRow {
  if (!media || !isInScope(media, caller, scope)) throw problems.notFound('media')
}

/** Whether the caller's permission applies to a media. A public media can be read without the permission. */
export const isInScope = (media: MediaRow, caller: Caller | undefined, scope: Scope | 'none') =>
  scope === 'all' || (scope === 'own' && media.ownerId === caller?.id)

const isPublic = (media: MediaRow) => media.visibility === 'public' && media.trashedAt === null
