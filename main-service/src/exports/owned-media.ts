import type { Readable } from 'node:stream'

import { ownerEndpoints, type AnswerOf, type OwnedMedia } from '@likeness/internal-api'
import { asUnavailable, call, openStream, type ServiceClient } from '@likeness/service-kit/client'
import { Problem } from '@likeness/service-kit/process'

/** Pages are small, because a media can have hundreds of versions, each with several sizes. */
const PAGE = 20

/**
 * All media of an owner, the oldest first, in pages that are read on demand.
 *
 * @throws {Problem} 503 if medias-service is unavailable.
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

/** @throws {Problem} 503 if medias-service cannot list the owner's media. */
export async function assertMediaListed(mediasService: ServiceClient, ownerId: string): Promise<void> {
  await readPage(mediasService, ownerId, { limit: 1 })
}

async function readPage(
  mediasService: ServiceClient,
  ownerId: string,
  { limit, after, signal }: { limit: number; after?: string | undefined; signal?: AbortSignal },
): Promise<AnswerOf<(typeof ownerEndpoints.listMedia)['answers']>> {
  try {
    return await call(mediasService, ownerEndpoints.listMedia, {
      params: { id: ownerId },
      query: { limit, after },
      ...(signal ? { signal } : {}),
    })
  } catch (error) {
    throw asUnavailable(mediasService, error)
  }
}

/**
 * The original of a version, as a stream.
 *
 * @returns undefined if the file has been deleted
 * @throws {Problem} 503 if medias-service or the file is unavailable.
 */
export async function openOriginal(
  mediasService: ServiceClient,
  { mediaId, number }: { mediaId: string; number: number },
  signal: AbortSignal,
): Promise<Readable | undefined> {
  try {
    return await openStream(mediasService, ownerEndpoints.openOriginal, { params: { id: mediaId, number }, signal })
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return undefined
    throw asUnavailable(mediasService, error)
  }
}
