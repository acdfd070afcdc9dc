import { z } from 'zod'

import { endpoint } from './endpoint.ts'
import { userId } from './users.ts'
import { uuid } from './uuid.ts'

const ownerState = z.enum(['active', 'deleted', 'erased'])

const ownerNewsSchema = z.strictObject({
  state: ownerState,
  revision: z
    .int()
    .min(0)
    .describe('Only grows. Of two states of an owner, the one with the higher revision is valid.'),
})

/** The state of an owner, as main-service reports it. */
export type OwnerNews = z.output<typeof ownerNewsSchema>

/** The fields that the export reads. medias-service answers the whole media, as its API shows it. */
const ownedMediaSchema = z.looseObject({
  id: z.uuid(),
  filename: z.string(),
  versions: z.array(z.looseObject({ number: z.int(), bytes: z.int(), createdAt: z.iso.datetime() })),
})

export type OwnedMedia = z.output<typeof ownedMediaSchema>

const pageLimit = z.coerce.number<number>().int().min(1).max(200).default(50)

/** medias-service stores users' media. main-service reports owner states to it and lists an owner's media. */
export const ownerEndpoints = {
  /**
   * Reports the state of an owner, and updates their media. One call works for some seconds at most. While `done` is
   * false, repeat the call. A lower revision than the stored one changes nothing; the answer is the stored state.
   */
  reportState: endpoint({
    method: 'put',
    path: '/internal/owners/:id',
    params: userId,
    body: ownerNewsSchema,
    answers: { 200: z.object({ state: ownerState, revision: z.int(), done: z.boolean(), media: z.int() }) },
  }),

  /** All media of an owner, in the trash or not, each with every version, the oldest first. */
  listMedia: endpoint({
    method: 'get',
    path: '/internal/owners/:id/media',
    params: userId,
    query: z.strictObject({ limit: pageLimit, after: z.string().max(4_000).optional() }),
    answers: {
      200: z.object({ data: z.array(ownedMediaSchema), page: z.object({ next: z.string().nullable() }) }),
    },
  }),

  /** The original bytes of a version, also of a media in the trash. */
  openOriginal: endpoint({
    method: 'get',
    path: '/internal/media/:id/versions/:number/file',
    params: z.object({ id: uuid, number: z.coerce.number<number>().int().min(1).max(2_147_483_647) }),
    answers: { 200: 'application/octet-stream' },
    problems: ['range-not-satisfiable'],
  }),
}
