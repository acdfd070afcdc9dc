import { ownerEndpoints } from '@likeness/internal-api'
import { NotInStoreError } from '@likeness/media-files'
import { internalRoute } from '@likeness/service-kit/http'
import { problems, type Caller } from '@likeness/service-kit/process'
import { z } from 'zod'

import type { Context } from '../context.ts'
import { mimeTypeOf } from '../ingest/identify-file.ts'
import { readableMedia } from '../media/media-access.ts'
import { findMedia, type MediaRow } from '../media/media-rows.ts'
import { mediaId } from '../media/media-schema.ts'
import { findVersion, type SizeJson, type VersionJson } from '../media/version-rows.ts'
import { mediaProblems } from '../problems.ts'
import { route } from '../route.ts'
import { chooseSize } from './choose-size.ts'
import { sendFile } from './send-file.ts'

const versionNumber = z.coerce.number().int().min(1).max(2_147_483_647)

export const deliveryRoutes = (context: Context) => [
  route({
    operationId: 'downloadSize',
    method: 'get',
    path: '/media/:id/sizes/:size',
    access: 'media:read or public',
    summary: 'Download a size',
    description:
      'Returns the picture in the size of a preset. With `v`, the response never changes and caches can keep it for a ' +
      'year; without `v`, caches must revalidate it. Supports ranges and conditional requests.',
    params: mediaId.extend({
      size: z
        .string()
        .regex(/^[a-z][a-z0-9]{0,31}(\.[a-z]{2,5})?$/)
        .describe(
          'A preset and a format, such as `thumb.avif`. With only a preset, such as `thumb`, the `Accept` header selects the format.',
        ),
    }),
    query: z.object({ v: versionNumber.optional().describe('Number of the version. Default: the current version.') }),
    answers: { 200: 'image/*' },
    problems: [
      'no-such-preset',
      'no-such-format',
      'size-not-ready',
      'not-acceptable',
      'range-not-satisfiable',
      'store-unavailable',
      'file-unavailable',
    ],
    acceptsMatch: true,
    async handle({ params, query, caller, scope, http }) {
      context.countDelivered('size', http)
      const [preset = '', format] = params.size.split('.')
      if (!format) http.response.vary('Accept')
      const accept = http.request.get('accept')
      await sendNewest(async () => {
        const media = await readableMedia(context, params.id, { caller, scope })
        const version = await versionOf(context, media, query.v)
        const size = await sizeFor(context, version, { preset, format, accept, caller })
        const file = {
          key: size.storeKey,
          bytes: size.bytes,
          mimeType: mimeTypeOf(size.format),
          name: `${baseName(media)}-${preset}.${size.format}`,
          isPublic: media.visibility === 'public',
          immutable: query.v !== undefined,
          inline: true,
        }
        return { key: file.key, send: () => sendFile(context.store, http, file) }
      })
      return undefined
    },
  }),
  route({
    operationId: 'downloadOriginal',
    method: 'get',
    path: '/media/:id/file',
    access: 'media:read or public',
    summary: 'Download the original',
    description:
      'Returns the uploaded bytes. With `version`, the response never changes and caches can keep it for a year; ' +
      'without `version`, caches must revalidate it. Supports ranges and conditional requests. SVG and files that are ' +
      'not pictures are sent as attachments.',
    params: mediaId,
    query: z.object({
      version: versionNumber.optional().describe('Number of the version. Default: the current version.'),
    }),
    answers: { 200: 'application/octet-stream' },
    problems: ['range-not-satisfiable', 'store-unavailable', 'file-unavailable'],
    acceptsMatch: true,
    async handle({ params, query, caller, scope, http }) {
      context.countDelivered('original', http)
      const media = await readableMedia(context, params.id, { caller, scope })
      const version = await versionOf(context, media, query.version)
      await sendOriginal(context, http, { media, version, immutable: query.version !== undefined })
      return undefined
    },
  }),
]

/** Download routes for the other services. */
export const internalFileRoutes = (context: Context) => [
  internalRoute(ownerEndpoints.openOriginal, {
    summary: 'Download the original of a version, even if the media is in the trash',
    async reply({ params, http }) {
      const media = await findMedia(context.mediasdb, params.id)
      if (!media) throw problems.notFound('media')
      const version = await versionOf(context, media, params.number)
      await sendOriginal(context, http, { media, version, immutable: true })
      return undefined
    },
  }),
]

async function sendOriginal(
  { store }: Context,
  http: Parameters<typeof sendFile>[1],
  { media, version, immutable }: { media: MediaRow; version: VersionJson; immutable: boolean },
): Promise<void> {
  await sendFile(store, http, {
    key: version.storeKey,
    bytes: version.bytes,
    mimeType: version.format ? mimeTypeOf(version.format) : media.mimeType,
    name: media.filename,
    isPublic: media.visibility === 'public',
    immutable,
    // A browser must not display SVG or unknown types under our origin.
    inline: media.kind === 'image' && version.format !== 'svg',
  })
}

/**
 * Reads a row and sends its file. If the file is missing, the row is read again, because a size that was just rendered
 * again has a new key.
 *
 * @throws {NotInStoreError} when the key has not changed.
 */
async function sendNewest(read: () => Promise<{ key: string; send: () => Promise<void> }>): Promise<void> {
  for (let missing: string | undefined; ;) {
    const { key, send } = await read()
    try {
      return await send()
    } catch (error) {
      if (!(error instanceof NotInStoreError) || key === missing) throw error
      missing = key
    }
  }
}

/** The gate `media-avif` decides whether `Accept` can select AVIF. A request for `.avif` always gets AVIF. */
async function sizeFor(
  { features, presets }: Context,
  version: VersionJson,
  requested: { preset: string; format: string | undefined; accept: string | undefined; caller: Caller | undefined },
): Promise<SizeJson> {
  const { preset, format, accept, caller } = requested
  const size = chooseSize(version, presets, { preset, format, accept })
  if (format !== undefined || size.format !== 'avif' || (await features.isOn('media-avif', caller))) return size
  return chooseSize(version, presets, { preset, format, accept, withoutAvif: true })
}

async function versionOf({ mediasdb }: Context, media: MediaRow, number: number | undefined): Promise<VersionJson> {
  if (number === undefined || number === media.currentVersion?.number) {
    if (media.currentVersion) return media.currentVersion
    throw mediaProblems.sizeNotReady(media.status)
  }
  const version = await findVersion(mediasdb, media.id, number)
  if (!version) throw problems.notFound('version')
  return version
}

const baseName = ({ filename }: MediaRow) => filename.replace(/(?<=.)\.[^.]*$/, '')
