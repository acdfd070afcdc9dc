import { settleCurrentVersion } from '@likeness/mediasdb'
import { assertMatch } from '@likeness/service-kit/http'
import { uuidv7 } from 'uuidv7'

import { keepBytes } from '../blobs/keep-bytes.ts'
import type { Context } from '../context.ts'
import { identifyFile } from '../ingest/identify-file.ts'
import type { ReceivedFile } from '../ingest/received-file.ts'
import { assertTheirs } from '../media/media-access.ts'
import type { Changer } from '../media/media-change.ts'
import { presentMedia } from '../media/media-presenter.ts'
import { lockMedia } from '../media/media-rows.ts'
import { isOwnerActive } from '../media/owner-rows.ts'
import { insertVersion, nextVersionNumber } from '../media/version-rows.ts'
import { enqueueRender } from '../outbox/outbox-rows.ts'
import { mediaProblems } from '../problems.ts'

/**
 * Takes a received file in as the next version of a media. The version before stays current until this one is ready.
 *
 * @returns its number
 * @throws {Problem} 403 `owner-deleted`, 404, 409 `trashed`, 412, and what `identifyFile` throws.
 */
export async function addVersion(
  context: Context,
  mediaId: string,
  file: ReceivedFile,
  changer: Changer,
): Promise<number> {
  const { mediasdb, environment, logger } = context
  const identity = await identifyFile(file, environment)
  const versionId = uuidv7()

  const number = await keepBytes(context, file, async (blobId, transaction) => {
    const media = await lockMedia(mediasdb, mediaId, transaction)
    assertTheirs(media, changer.caller, changer.scope)
    if (!(await isOwnerActive(mediasdb, media.owner_id, transaction))) throw mediaProblems.ownerDeleted()
    assertMatch(changer.ifMatch, presentMedia(media, context.presets))
    if (media.trashed_at) throw mediaProblems.trashed()
    if (media.kind !== identity.kind) throw mediaProblems.otherKind(media.kind)
    // A file is delivered by its media's type, whichever version it is.
    if (identity.kind === 'file' && media.mime_type !== identity.mimeType)
      throw mediaProblems.otherKind(media.mime_type)

    const next = await nextVersionNumber(mediasdb, mediaId, transaction)
    await insertVersion(
      mediasdb,
      {
        id: versionId,
        mediaId,
        number: next,
        blobId,
        status: identity.kind === 'image' ? 'queued' : 'ready',
        format: identity.format,
        createdBy: changer.caller.id,
      },
      transaction,
    )
    await settleCurrentVersion(mediasdb.sequelize, mediaId, transaction)
    if (identity.kind === 'image') await enqueueRender(mediasdb, { mediaId, versionId }, transaction)
    return next
  })
  logger.info({ event: 'version.added', mediaId, versionId, number, bytes: file.bytes })
  return number
}
