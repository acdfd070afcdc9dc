import type { Scope } from '@likeness/service-kit/identity'
import { problems, type Caller } from '@likeness/service-kit/process'

import type { Context } from '../context.ts'
import { findMedia, type MediaRow } from './media-rows.ts'

/**
 * The media, when this caller may see it.
 *
 * @throws {Problem} 404, also for what the caller may not know of; 401 where a token could open it.
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

/** Holds a media that is about to be changed to its caller's reach. @throws {Problem} 404. */
export function assertTheirs(media: MediaRow | undefined, caller: Caller, scope: Scope): asserts media is MediaRow {
  if (!media || !isTheirs(media, caller, scope)) throw problems.notFound('media')
}

const isTheirs = (media: MediaRow, caller: Caller | undefined, scope: Scope | 'none') =>
  scope === 'all' || (scope === 'own' && media.ownerId === caller?.id)

const isPublic = (media: MediaRow) => media.visibility === 'public' && media.trashedAt === null
