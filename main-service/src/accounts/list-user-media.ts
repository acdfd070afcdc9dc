import { problemOf, type ServiceClient } from '@likeness/service-kit/client'
import { linkToNext, ok, pageOf, type Reply } from '@likeness/service-kit/http'
import { problems, type Caller } from '@likeness/service-kit/process'
import type { Request } from 'express'
import { z } from 'zod'

/** medias-service defines the other fields. */
export const userMediaSchema = pageOf(z.looseObject({ id: z.uuid() })).describe(
  "A page of the user's media, as in `GET /media` of medias-service.",
)

/**
 * Lists a user's media: forwards the request to medias-service, with the caller's token and query.
 *
 * @throws {Problem} the problem that medias-service returned, or 503 if it is unavailable.
 */
export async function listUserMedia(
  mediasService: ServiceClient,
  { userId, caller, request }: { userId: string; caller: Caller; request: Request },
): Promise<Reply<200, z.output<typeof userMediaSchema>>> {
  const query = { ...request.query, owner: userId }
  const answer = await mediasService.send('GET', '/api/v1/media', { query, token: caller.token })
  if (answer.status >= 400) throw problemOf(answer)
  const media = userMediaSchema.safeParse(answer.body)
  if (!media.success) throw problems.unavailable('medias-service', media.error)
  return ok(media.data, linkToNext(request, media.data.page.next))
}
