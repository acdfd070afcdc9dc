import { mediaSchema, type Media } from '@likeness/internal-api'
import { noContent, ok, page, pageOf, reply } from '@likeness/service-kit/http'
import { z } from 'zod'

import type { Context } from '../context.ts'
import { readableMedia } from '../media/media-access.ts'
import { mediaQuery } from '../media/media-order.ts'
import { presentMedia } from '../media/media-presenter.ts'
import { countMedia, listMedia, type MediaRow } from '../media/media-rows.ts'
import { mediaChanges, mediaId, mediaTags } from '../media/media-schema.ts'
import { route } from '../route.ts'
import { changeMedia } from './change-media.ts'
import { deleteMedia } from './delete-media.ts'
import { replaceTags } from './replace-tags.ts'
import { reprocessMedia } from './reprocess-media.ts'
import { restoreMedia } from './restore-media.ts'
import { trashMedia } from './trash-media.ts'

export const mediaRoutes = (context: Context) => [
  route({
    operationId: 'listMedia',
    method: 'get',
    path: '/media',
    access: 'media:read',
    summary: 'List media',
    description:
      'Lists the media that match all given filters. Media in the trash are listed only with `trashed=true`. With ' +
      '`media:read:own`, the list contains only your own media.',
    query: mediaQuery,
    answers: { 200: pageOf(mediaSchema) },
    async handle({ query, caller, scope, http }) {
      const filters = { ...query, onlyOwner: scope === 'own' ? caller.id : undefined }
      const rows = await listMedia(context.mediasdb, filters)
      const present = (shown: MediaRow[]) => withOwners(context, shown)
      return page(http, query, rows, present, () => countMedia(context.mediasdb, filters))
    },
  }),
  route({
    operationId: 'getMedia',
    method: 'get',
    path: '/media/:id',
    access: 'media:read or public',
    summary: 'Get a media',
    description:
      'Returns the media with its tags and its current version. If you are not allowed to read the media, the ' +
      'response is 404, or 401 without a token.',
    params: mediaId,
    answers: { 200: mediaSchema },
    handle: async ({ params, caller, scope }) =>
      ok(presentMedia(await readableMedia(context, params.id, { caller, scope }), context)),
  }),
  route({
    operationId: 'updateMedia',
    method: 'patch',
    path: '/media/:id',
    access: 'media:update',
    summary: 'Update media details',
    description:
      'Changes only the fields that are sent. After a change of the focal point, cropped sizes are rendered again. Until ' +
      'the new sizes are ready, the old sizes are served.',
    params: mediaId,
    body: mediaChanges,
    acceptsMatch: true,
    answers: { 200: mediaSchema },
    problems: ['trashed'],
    handle: async ({ params, body, caller, scope, ifMatch }) =>
      ok(await changeMedia(context, params.id, body, { caller, scope, ifMatch })),
  }),
  route({
    operationId: 'setMediaTags',
    method: 'put',
    path: '/media/:id/tags',
    access: 'media:update',
    summary: 'Replace the tags of a media',
    description:
      'The media gets the given tags and loses all other tags. Unknown tags are created, which requires the permission ' +
      '`tags:create`.',
    params: mediaId,
    body: mediaTags,
    acceptsMatch: true,
    answers: { 200: mediaSchema },
    problems: ['forbidden', 'trashed', 'tag-exists'],
    handle: async ({ params, body, caller, scope, ifMatch }) =>
      ok(await replaceTags(context, params.id, body.tags, { caller, scope, ifMatch })),
  }),
  route({
    operationId: 'deleteMedia',
    method: 'delete',
    path: '/media/:id',
    access: 'media:delete',
    summary: 'Delete a media',
    description:
      'Moves the media to the trash. The media can be restored for `TRASH_DAYS` days, 30 by default. With ' +
      '`permanent=true`, the media and all its versions are deleted immediately and cannot be restored.',
    params: mediaId,
    query: z.object({
      permanent: z
        .enum(['true', 'false'])
        .default('false')
        .describe('`true` deletes the media permanently, whether it is in the trash or not.'),
    }),
    acceptsMatch: true,
    answers: { 204: null },
    async handle({ params, query, caller, scope, ifMatch }) {
      const remove = query.permanent === 'true' ? deleteMedia : trashMedia
      await remove(context, params.id, { caller, scope, ifMatch })
      return noContent()
    },
  }),
  route({
    operationId: 'restoreMedia',
    method: 'post',
    path: '/media/:id/restore',
    access: 'media:delete',
    summary: 'Restore a media from the trash',
    description:
      'Versions that were not rendered yet are enqueued again. If the owner of the media is deleted, the request ' +
      'returns 409 `owner-deleted`: restore the owner instead.',
    params: mediaId,
    acceptsMatch: true,
    answers: { 200: mediaSchema },
    problems: ['not-trashed', 'owner-deleted'],
    handle: async ({ params, caller, scope, ifMatch }) =>
      ok(await restoreMedia(context, params.id, { caller, scope, ifMatch })),
  }),
  route({
    operationId: 'reprocessMedia',
    method: 'post',
    path: '/media/:id/reprocess',
    access: 'media:update',
    summary: 'Render a picture again',
    description:
      'Enqueues the current version on the interactive queue, to render every size again. Until the new sizes are ' +
      'ready, the old sizes are served. A failed version becomes `queued` again, with its attempts reset, and its dead ' +
      'jobs are deleted. With `media:update:own`, a version can be reprocessed three times a day.',
    params: mediaId,
    acceptsMatch: true,
    answers: { 202: mediaSchema },
    problems: ['trashed', 'not-a-picture', 'reprocessed-too-often'],
    handle: async ({ params, caller, scope, ifMatch }) =>
      reply(202, await reprocessMedia(context, params.id, { caller, scope, ifMatch })),
  }),
]

async function withOwners(context: Context, rows: MediaRow[]): Promise<Media[]> {
  const names = await context.ownerNames.find(rows.map(({ ownerId }) => ownerId))
  return rows.map((row) => {
    const name = names.get(row.ownerId)
    return { ...presentMedia(row, context), owner: name === undefined ? null : { id: row.ownerId, name } }
  })
}
