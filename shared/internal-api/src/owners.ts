import { z } from 'zod'

import { endpoint } from './endpoint.ts'
import { userId } from './users.ts'
import { uuid } from './uuid.ts'

const ownerState = z.enum(['active', 'deleted', 'erased'])

const ownerReportSchema = z.strictObject({
  state: ownerState,
  revision: z
    .int()
    .min(0)
    .describe('Only increases. Of two states of an owner, the one with the higher revision is valid.'),
})

/** The state of an owner, as main-service reports it. */
export type OwnerReport = z.output<typeof ownerReportSchema>

/** The fields that the export reads. medias-service returns the whole media, as in its API. */
const ownedMediaSchema = z.looseObject({
  id: z.uuid(),
  filename: z.string(),
  versions: z.array(z.looseObject({ number: z.int(), bytes: z.int(), createdAt: z.iso.datetime() })),
})

export type OwnedMedia = z.output<typeof ownedMediaSchema>

const pageLimit = z.coerce.number<number>().int().min(1).max(200).default(50)

/** medias-service stores users' media. main-service reports the states of owners to it, and lists an owner's media. */
export const ownerEndpoints = {
  /**
   * Reports the state of an owner and updates the owner's media. One call runs for some seconds at most. Repeat the call
   * while `done` is false. A lower revision than the stored one changes nothing; the response is the stored state.
   */
  reportState: endpoint({
    method: 'put',
    path: '/internal/owners/:id',
    params: userId,
    body: ownerReportSchema,
    answers: { 200: z.object({ state: ownerState, revision: z.int(), done: z.boolean(), media: z.int() }) },
  }),

  /** All media of an owner, including media in the trash, each with all versions, oldest first. */
  listMedia: endpoint({
    method: 'get',
    path: '/internal/owners/:id/media',
    params: userId,
    query: z.strictObject({ limit: pageLimit, after: z.string().max(4_000).optional() }),
    answers: {
      200: z.object({ data: z.array(ownedMediaSchema), page: z.object({ next: z.string().nullable() }) }),
    },
  }),

  /** The original of a version, even if the media is in the trash. */
  openOriginal: endpoint({
    method: 'get',
    path: '/internal/media/:id/versions/:number/file',
    params: z.object({ id: uuid, number: z.coerce.number<number>().int().min(1).max(2_147_483_647) }),
    answers: { 200: 'application/octet-stream' },
    problems: ['range-not-satisfiable'],
  }),
}
