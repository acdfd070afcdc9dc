import type { Readable } from 'node:stream'

import { problemOf, type ServiceClient } from '@likeness/service-kit/client'
import { Problem, problems } from '@likeness/service-kit/process'
import { z } from 'zod'

/** A page is small: a media may have hundreds of versions, each with its sizes. */
const PAGE = 20

/** What is needed of them; all of it is handed on as medias-service presents it. */
const mediaSchema = z.looseObject({
  id: z.uuid(),
  filename: z.string(),
  versions: z.array(z.looseObject({ number: z.int(), bytes: z.int(), createdAt: z.iso.datetime() })),
})

const pageSchema = z.object({
  data: z.array(mediaSchema),
  page: z.object({ next: z.string().nullable() }),
})

export type OwnedMedia = z.output<typeof mediaSchema>

/**
 * All media of an owner, the oldest first, in pages that are read as they are taken.
 *
 * @throws {Problem} 503 when medias-service is away.
 */
export async function* listOwnedMedia(
  mediasService: ServiceClient,
  ownerId: string,
  signal: AbortSignal,
): AsyncGenerator<OwnedMedia[]> {
  let after: string | undefined
  do {
    const { data, page } = await readPage(mediasService, ownerId, { limit: PAGE, after, signal })
    if (data.length > 0) yield data
    after = page.next ?? undefined
  } while (after !== undefined)
}

/** @throws {Problem} 503 when medias-service cannot list what the owner has. */
export async function assertMediaListed(mediasService: ServiceClient, ownerId: string): Promise<void> {
  await readPage(mediasService, ownerId, { limit: 1 })
}

async function readPage(
  mediasService: ServiceClient,
  ownerId: string,
  { limit, after, signal }: { limit: number; after?: string | undefined; signal?: AbortSignal },
): Promise<z.output<typeof pageSchema>> {
  const answer = await mediasService.send('GET', `/internal/owners/${ownerId}/media`, {
    query: { limit, after },
    ...(signal ? { signal } : {}),
  })
  if (answer.status >= 400) throw refused(problemOf(answer))
  return pageSchema.parse(answer.body)
}

/**
 * The original of a version, as a stream.
 *
 * @returns undefined when it has been deleted
 * @throws {Problem} 503 when medias-service or the file is away.
 */
export async function openOriginal(
  mediasService: ServiceClient,
  { mediaId, number }: { mediaId: string; number: number },
  signal: AbortSignal,
): Promise<Readable | undefined> {
  try {
    return await mediasService.stream(`/internal/media/${mediaId}/versions/${number}/file`, { signal })
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return undefined
    throw error instanceof Problem ? refused(error) : error
  }
}

/** What medias-service refuses is refused to us, not to our client. */
const refused = (problem: Problem) =>
  problem.status >= 500 ? problem : problems.unavailable('medias-service', problem)
