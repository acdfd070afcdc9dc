import { problemOf, type ServiceClient } from '@likeness/service-kit/client'
import { problems, type Caller } from '@likeness/service-kit/process'
import { z } from 'zod'

import { mainProblems } from '../problems.ts'
import type { AvatarMedia } from '../users/user-rows.ts'

const mediaSchema = z.object({
  kind: z.string(),
  visibility: z.string(),
  status: z.string(),
  trashedAt: z.string().nullable(),
  currentVersion: z.object({ number: z.int() }).nullable(),
})

/**
 * Reads a media from medias-service with the caller's token, and checks that it can be a user's avatar: an image that
 * everybody can load.
 *
 * @returns the current version of the media
 * @throws {Problem} 422 `avatar-media-unknown`, `avatar-not-an-image`, `avatar-not-public` or `avatar-failed`, 503 if
 *   medias-service is unavailable.
 */
export async function readAvatarMedia(
  mediasService: ServiceClient,
  { mediaId, caller }: { mediaId: string; caller: Caller },
): Promise<AvatarMedia> {
  const answer = await mediasService.send('GET', `/api/v1/media/${mediaId}`, { token: caller.token })
  if (answer.status === 404) throw mainProblems.avatarMediaUnknown()
  if (answer.status >= 400) throw problemOf(answer)
  const media = mediaSchema.safeParse(answer.body)
  if (!media.success) throw problems.unavailable('medias-service', media.error)
  const { kind, visibility, status, trashedAt, currentVersion } = media.data
  if (kind !== 'image' || trashedAt !== null || !currentVersion) throw mainProblems.avatarNotAnImage()
  if (visibility !== 'public') throw mainProblems.avatarNotPublic()
  if (status === 'failed') throw mainProblems.avatarFailed()
  return { mediaId, version: currentVersion.number }
}
