import { problemOf, type ServiceClient } from '@likeness/service-kit/client'
import { problems, type Caller } from '@likeness/service-kit/process'
import { z } from 'zod'

import { mainProblems } from '../problems.ts'

const mediaSchema = z.object({
  ownerId: z.uuid(),
  kind: z.string(),
  visibility: z.string(),
  trashedAt: z.string().nullable(),
})

/**
 * Checks that a media can be a user's avatar: it must be an image that the caller has the permission to read, and it
 * must be public or belong to the caller or to the user. Reads the media from medias-service with the caller's token.
 *
 * @throws {Problem} 422 `avatar-media-unknown` or `avatar-not-an-image`, 403 `avatar-not-yours`, 503 if medias-service
 *   is unavailable.
 */
export async function assertUsableAsAvatar(
  mediasService: ServiceClient,
  { mediaId, userId, caller }: { mediaId: string; userId: string; caller: Caller },
): Promise<void> {
  const answer = await mediasService.send('GET', `/api/v1/media/${mediaId}`, { token: caller.token })
  if (answer.status === 404) throw mainProblems.avatarMediaUnknown()
  if (answer.status >= 400) throw problemOf(answer)
  const media = mediaSchema.safeParse(answer.body)
  if (!media.success) throw problems.unavailable('medias-service', media.error)
  const { ownerId, kind, visibility, trashedAt } = media.data
  if (kind !== 'image' || trashedAt !== null) throw mainProblems.avatarNotAnImage()
  if (visibility !== 'public' && ownerId !== caller.id && ownerId !== userId) throw mainProblems.avatarNotYours()
}
