import type { Scope } from '@likeness/service-kit/identity'
import { problems, type Caller } from '@likeness/service-kit/process'

import type { Context } from '../context.ts'
import { findMedia, type MediaRow } from './media-rows.ts'

/**
 * Returns the media if the caller may read it.
 *
 * @throws {Problem} 404, also when the caller may not read it; 401 when there is no token.
 */
export async function readableMedia(
  { mediasdb }: Context,
  id: string,
  { caller, scope }: { caller: Caller | undefined; scope: Scope | 'none' },
): Promise<MediaRow> {
  const media = await findMedia(mediasdb, id)
  if (media && (isTheirs(media, caller, scope) || isPublic(media))) return media
  throw caller ? problems.notFound('media') : problems.tokenMissing()
}

/** Asserts that the caller may change a media. @throws {Problem} 404. */
export function assertTheirs(media: MediaRow | undefined, caller: Caller, scope: Scope): asserts media is MediaRow {
  if (!media || !isTheirs(media, caller, scope)) throw problems.notFound('media')
}

const isTheirs = (media: MediaRow, caller: Caller | undefined, scope: Scope | 'none') =>
  scope === 'all' || (scope === 'own' && media.ownerId === caller?.id)

const isPublic = (media: MediaRow) => media.visibility === 'public' && media.trashedAt === null
