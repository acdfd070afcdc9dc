import { problemOf, type ServiceClient } from '@likeness/service-kit/client'
import type { Reply } from '@likeness/service-kit/http'
import type { Caller } from '@likeness/service-kit/process'
import type { Request } from 'express'

/**
 * medias-service's own list of what a user owns, asked with the caller's token and all that they asked for.
 *
 * @throws {Problem} what medias-service answered, or 503 when it is away.
 */
export async function listUserMedia(
  mediasService: ServiceClient,
  { userId, caller, request }: { userId: string; caller: Caller; request: Request },
): Promise<Reply> {
  const query = { ...request.query, owner: userId }
  const answer = await mediasService.send('GET', '/api/v1/media', { query, token: caller.token })
  if (answer.status >= 400) throw problemOf(answer)
  return { status: answer.status, body: answer.body, headers: linkToNext(request, answer.body) }
}

/** The next page lies at our address, not at medias-service's. */
function linkToNext(request: Request, body: unknown): Record<string, string> {
  const next = (body as { page?: { next?: string | null } } | undefined)?.page?.next
  if (!next) return {}
  const url = new URL(request.originalUrl, 'http://localhost')
  url.searchParams.set('after', next)
  return { Link: `<${url.pathname}${url.search}>; rel="next"` }
}
