import type { Media } from '@likeness/internal-api'
import { problemOf, type ServiceClient } from '@likeness/service-kit/client'
import { linkToNext, ok, pageOf, type Reply } from '@likeness/service-kit/http'
import { problems, type Caller } from '@likeness/service-kit/process'
import type { Request } from 'express'
import { z } from 'zod'

/** Only the fields that this service reads. The others are sent on unchanged, also those of a newer medias-service. */
const answerSchema = pageOf(z.looseObject({ id: z.uuid() }))

/**
 * Lists a user's media: forwards the request to medias-service, with the caller's token and query.
 *
 * @throws {Problem} the problem that medias-service returned, or 503 if it is unavailable.
 */
export async function listUserMedia(
  mediasService: ServiceClient,
  { userId, caller, request }: { userId: string; caller: Caller; request: Request },
): Promise<Reply<200, { data: Media[]; page: z.output<typeof answerSchema>['page'] }>> {
  const query = { ...request.query, owner: userId }
  const answer = await mediasService.send('GET', '/api/v1/media', { query, token: caller.token })
  if (answer.status >= 400) throw problemOf(answer)
  const media = answerSchema.safeParse(answer.body)
  if (!media.success) throw problems.unavailable('medias-service', media.error)
  const { data, page } = media.data
  return ok({ data: data as unknown as Media[], page }, linkToNext(request, page.next))
}
