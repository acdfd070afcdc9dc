import type { Media } from '@likeness/internal-api'
import type { Caller } from '@likeness/service-kit/process'
import { uuidv7 } from 'uuidv7'

import { keepBytes } from '../blobs/keep-bytes.ts'
import type { Context } from '../context.ts'
import { identifyFile } from '../ingest/identify-file.ts'
import type { ReceivedFile } from '../ingest/received-file.ts'
import { presentMedia } from '../media/media-presenter.ts'
import { findMedia } from '../media/media-rows.ts'
import type { UploadFields } from '../media/media-schema.ts'
import { isOwnerActive } from '../media/owner-rows.ts'
import { enqueueRender } from '../outbox/outbox-rows.ts'
import { mediaProblems } from '../problems.ts'
import { resolveTags } from '../tags/resolve-tags.ts'
import { setTags } from '../tags/tag-rows.ts'

/** Maximum length of a file name. A longer name loses its beginning, because its end has the extension. */
const FILENAME_CHARACTERS = 255

/**
 * Creates a media from a received file: copies the bytes to their blob, then writes the media, version, tags and the
 * render job in one transaction.
 *
 * @throws {Problem} 403 `owner-deleted`, and the problems of `identifyFile` and `resolveTags`.
 */
export async function uploadMedia(
  context: Context,
  file: ReceivedFile,
  fields: UploadFields,
  caller: Caller,
): Promise<Media> {
  const { mediasdb, environment, logger } = context
  const identity = await identifyFile(file, environment)
  const isImage = identity.kind === 'image'
  const id = uuidv7()
  const versionId = uuidv7()

  await keepBytes(context, file, async (blobId, unit) => {
    if (!(await isOwnerActive(unit, caller.id))) throw mediaProblems.ownerDeleted()
    const tags = await resolveTags(unit, fields.tags, caller)
    await unit.Media.create({
      id,
      ownerId: caller.id,
      title: fields.title ?? '',
      alt: fields.alt ?? '',
      filename: fileNameOf(file),
      mimeType: identity.mimeType,
      kind: identity.kind,
      visibility: fields.visibility,
      status: isImage ? 'processing' : 'ready',
      focalX: fields.focalPoint?.x ?? null,
      focalY: fields.focalPoint?.y ?? null,
      currentVersionId: versionId,
    })
    await unit.MediaVersion.create({
      id: versionId,
      mediaId: id,
      number: 1,
      blobId,
      status: isImage ? 'queued' : 'ready',
      format: identity.format,
      createdBy: caller.id,
    })
    await setTags(unit, id, tags)
    if (isImage) await enqueueRender(unit, { mediaId: id, versionId })
  })

  logger.info({ event: 'media.uploaded', mediaId: id, versionId, bytes: file.bytes, mimeType: identity.mimeType })
  const media = await findMedia(mediasdb, id)
  if (!media) throw new Error(`The media ${id} does not exist after its upload`)
  return presentMedia(media, context)
}

/**
 * The last part of the client's file name, without control characters and direction marks. Direction marks can make
 * `gpj.exe` look like `exe.jpg`.
 */
function fileNameOf({ originalname }: ReceivedFile): string {
  const last = originalname.split(/[/\\]/).at(-1) ?? ''
  const name = last
    .replace(/[\p{Cc}\p{Bidi_Control}]/gu, '')
    .trim()
    .slice(-FILENAME_CHARACTERS)
    // The cut may have split a surrogate pair.
    .replace(/^[\uDC00-\uDFFF]/, '')
    .toWellFormed()
  return /^\.*$/.test(name) ? 'unnamed' : name
}
