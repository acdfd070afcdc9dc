import { settleCurrentVersion } from '@likeness/mediasdb'
import { assertMatch } from '@likeness/service-kit/http'
import { uuidv7 } from 'uuidv7'

import { keepBytes } from '../blobs/keep-bytes.ts'
import type { Context } from '../context.ts'
import { identifyFile } from '../ingest/identify-file.ts'
import type { ReceivedFile } from '../ingest/received-file.ts'
import { assertInScope } from '../media/media-access.ts'
import type { Changer } from '../media/media-change.ts'
import { presentMedia } from '../media/media-presenter.ts'
import { lockMedia } from '../media/media-rows.ts'
import { isOwnerActive } from '../media/owner-rows.ts'
import { nextVersionNumber } from '../media/version-rows.ts'
import { enqueueRender } from '../outbox/outbox-rows.ts'
import { mediaProblems } from '../problems.ts'

/**
 * Creates the next version of a media from a received file. The previous version stays current until this one is ready.
 *
 * @returns the version's number
 * @throws {Problem} 403 `owner-deleted`, 404, 409 `trashed`, 412, 422 `other-kind`, and the problems of `identifyFile`.
 */
export async function addVersion(
  context: Context,
  mediaId: string,
  file: ReceivedFile,
  changer: Changer,
): Promise<number> {
  const { environment, logger } = context
  const identity = await identifyFile(file, environment)
  const versionId = uuidv7()

  const number = await keepBytes(context, file, async (blobId, unit) => {
    const media = await lockMedia(unit, mediaId)
    assertInScope(media, changer.caller, changer.scope)
    if (!(await isOwnerActive(unit, media.ownerId))) throw mediaProblems.ownerDeleted()
    assertMatch(changer.ifMatch, presentMedia(media, context))
    if (media.trashedAt) throw mediaProblems.trashed()
    if (media.kind !== identity.kind) throw mediaProblems.otherKind(media.kind)
    // Every version of a file is delivered with the type of its media.
    if (identity.kind === 'file' && media.mimeType !== identity.mimeType) throw mediaProblems.otherKind(media.mimeType)

    const next = await nextVersionNumber(unit, mediaId)
    await unit.MediaVersion.create({
      id: versionId,
      mediaId,
      number: next,
      blobId,
      status: identity.kind === 'image' ? 'queued' : 'ready',
      format: identity.format,
      createdBy: changer.caller.id,
    })
    await settleCurrentVersion(unit, mediaId)
    if (identity.kind === 'image') await enqueueRender(unit, { mediaId, versionId })
    return next
  })
  logger.info({ event: 'version.added', mediaId, versionId, number, bytes: file.bytes })
  return number
}
