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
    method: 'get',
    path: '/media/:id/sizes/:size',
    access: 'media:read or public',
    summary: 'The bytes of a size',
    description:
      '`:size` is a preset (`thumb`), its format then by `Accept`; or a preset and a format (`thumb.avif`). With `v`, a ' +
      'version number, caches may keep the answer for ever; without it they ask again.',
    params: mediaId.extend({ size: z.string().regex(/^[a-z][a-z0-9]{0,31}(\.[a-z]{2,5})?$/) }),
    query: z.object({ v: versionNumber.optional() }),
    answers: { 200: 'image/*' },
    problems: ['no-such-preset', 'no-such-format', 'size-not-ready', 'not-acceptable', 'range-not-satisfiable'],
    async handle({ params, query, caller, scope, http }) {
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
    method: 'get',
    path: '/media/:id/file',
    access: 'media:read or public',
    summary: 'The original bytes',
    params: mediaId,
    query: z.object({ version: versionNumber.optional() }),
    answers: { 200: 'application/octet-stream' },
    problems: ['range-not-satisfiable'],
    async handle({ params, query, caller, scope, http }) {
      const media = await readableMedia(context, params.id, { caller, scope })
      const version = await versionOf(context, media, query.version)
      await sendOriginal(context, http, { media, version, immutable: query.version !== undefined })
      return undefined
    },
  }),
]

/** The bytes of files, for the other services. */
export const internalFileRoutes = (context: Context) => [
  internalRoute(ownerEndpoints.openOriginal, {
    summary: "The original bytes of a version, the trash's too",
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
    // Markup, and what we know nothing of, is never shown by a browser as if it were ours.
    inline: media.kind === 'image' && version.format !== 'svg',
  })
}

/**
 * Sends what is read, and where its bytes have gone reads again: a size that is rendered anew at this moment has another
 * key by then.
 *
 * @throws {NotInStoreError} when it has not.
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

/** AVIF by `Accept` alone is for whom the gate is open to; by its name anybody gets it. */
async function sizeFor(
  { features, presets }: Context,
  version: VersionJson,
  asked: { preset: string; format: string | undefined; accept: string | undefined; caller: Caller | undefined },
): Promise<SizeJson> {
  const { preset, format, accept, caller } = asked
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
