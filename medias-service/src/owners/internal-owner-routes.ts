import { ok, page, pageOf, uuid, type Route } from '@likeness/service-kit/http'
import { z } from 'zod'

import type { Context } from '../context.ts'
import { ownedPage } from '../media/media-order.ts'
import { presentMedia, presentVersion } from '../media/media-presenter.ts'
import { listOwnedMedia, type MediaRow } from '../media/media-rows.ts'
import { mediaSchema, versionSchema } from '../media/media-schema.ts'
import { listVersionsOf } from '../media/version-rows.ts'
import { route } from '../route.ts'
import { settleOwner } from './settle-owner.ts'

const state = z.enum(['active', 'deleted', 'erased'])

const ownedMedia = mediaSchema.extend({ versions: z.array(versionSchema) })

const ownerId = z.strictObject({ id: uuid })

/** What main-service tells of owners, and asks about them. */
export const internalOwnerRoutes = (context: Context): Route[] => [
  route({
    method: 'put',
    path: '/owners/:id',
    access: 'service',
    summary: 'What has become of an owner: their media follow',
    description:
      'Some seconds of work at the most: while `done` is false, the same call goes on. Old news answers what is known.',
    params: ownerId,
    body: z.strictObject({ state, revision: z.int().min(0) }),
    answers: { 200: z.object({ state, revision: z.int(), done: z.boolean(), media: z.int() }) },
    handle: async ({ params, body }) => ok(await settleOwner(context, params.id, body)),
  }),
  route({
    method: 'get',
    path: '/owners/:id/media',
    access: 'service',
    summary: 'All that an owner has, trashed or not, each media with every version',
    params: ownerId,
    query: ownedPage,
    answers: { 200: pageOf(ownedMedia) },
    async handle({ params, query, http }) {
      const rows = await listOwnedMedia(context.mediasdb, params.id, query)
      const present = (shown: MediaRow[]) => withVersions(context, shown)
      // Nobody asks for the total: the query has no `count`.
      return page(http, query, rows, present, async () => rows.length)
    },
  }),
]

async function withVersions({ mediasdb, presets }: Context, rows: MediaRow[]): Promise<z.output<typeof ownedMedia>[]> {
  const versions = await listVersionsOf(
    mediasdb,
    rows.map(({ id }) => id),
  )
  return rows.map((media) => ({
    ...presentMedia(media, presets),
    versions: (versions.get(media.id) ?? []).map((version) => presentVersion(media, version, presets)),
  }))
}
