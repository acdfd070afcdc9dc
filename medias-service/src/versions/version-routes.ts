import { versionSchema } from '@likeness/internal-api'
import { created, ok, pageOf } from '@likeness/service-kit/http'
import { problems } from '@likeness/service-kit/process'
import { z } from 'zod'

import type { Context } from '../context.ts'
import { receivedFiles } from '../ingest/received-file.ts'
import { readableMedia } from '../media/media-access.ts'
import { presentVersion } from '../media/media-presenter.ts'
import { mediaId } from '../media/media-schema.ts'
import { findVersion, listVersions } from '../media/version-rows.ts'
import { mediaProblems } from '../problems.ts'
import { route } from '../route.ts'
import { receiver } from '../uploads/upload-routes.ts'
import { addVersion } from './add-version.ts'

export const versionRoutes = (context: Context) => [
  route({
    operationId: 'uploadVersion',
    method: 'post',
    path: '/media/:id/versions',
    access: 'media:update',
    summary: 'Upload a new version of a media',
    description:
      'The `file` becomes the next version. The previous version stays current until the new version is `ready`. A ' +
      'new version of a picture must be a picture. A new version of another file must have the same type.',
    params: mediaId,
    body: z.strictObject({}),
    receive: receiver(context),
    acceptsMatch: true,
    answers: { 201: versionSchema },
    problems: [
      'empty-file',
      'file-too-large',
      'malformed-multipart',
      'other-kind',
      'owner-deleted',
      'side-too-long',
      'store-full',
      'store-unavailable',
      'too-many-files',
      'too-many-pixels',
      'trashed',
      'unsupported-animation',
      'unsupported-media-type',
    ],
    async handle({ params, caller, scope, ifMatch, http }) {
      const [file, ...others] = receivedFiles(http.request)
      if (!file) throw mediaProblems.fileMissing()
      if (others.length > 0) throw mediaProblems.tooManyFiles(1)
      const number = await context.countUpload(file, () =>
        addVersion(context, params.id, file, { caller, scope, ifMatch }),
      )
      const media = await readableMedia(context, params.id, { caller, scope })
      const version = await findVersion(context.mediasdb, params.id, number)
      if (!version) throw problems.notFound('version')
      return created(`/api/v1/media/${params.id}/versions/${number}`, presentVersion(media, version, context))
    },
  }),
  route({
    operationId: 'listVersions',
    method: 'get',
    path: '/media/:id/versions',
    access: 'media:read',
    summary: 'List the versions of a media',
    description: 'Returns all versions on one page, the newest first.',
    params: mediaId,
    answers: { 200: pageOf(versionSchema) },
    async handle({ params, caller, scope }) {
      const media = await readableMedia(context, params.id, { caller, scope })
      const versions = await listVersions(context.mediasdb, params.id)
      return ok({
        data: versions.map((version) => presentVersion(media, version, context)),
        page: { limit: versions.length, next: null },
      })
    },
  }),
  route({
    operationId: 'getVersion',
    method: 'get',
    path: '/media/:id/versions/:number',
    access: 'media:read',
    summary: 'Get a version of a media',
    description: 'Returns the version with its sizes. Versions are numbered from 1, and never change.',
    params: mediaId.extend({
      number: z.coerce.number().int().min(1).max(2_147_483_647).describe('Number of the version, from 1.'),
    }),
    answers: { 200: versionSchema },
    async handle({ params, caller, scope }) {
      const media = await readableMedia(context, params.id, { caller, scope })
      const version = await findVersion(context.mediasdb, params.id, params.number)
      if (!version) throw problems.notFound('version')
      return ok(presentVersion(media, version, context))
    },
  }),
]
