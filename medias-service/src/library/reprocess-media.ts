import type { Media } from '@likeness/internal-api'
import type { RenderJob } from '@likeness/media-jobs'
import { settleCurrentVersion } from '@likeness/mediasdb'

import type { Context } from '../context.ts'
import { endDeadJobsOf } from '../dead-jobs/dead-job-rows.ts'
import { requeueVersions } from '../dead-jobs/requeue-rows.ts'
import { changeAndPresentMedia, type Changer } from '../media/media-change.ts'
import { renderJobBase } from '../outbox/outbox-rows.ts'
import { mediaProblems } from '../problems.ts'
import { countReprocess } from './reprocess-rows.ts'

/**
 * Enqueues the current version of a picture on the interactive queue. A ready version is rendered again in every size.
 * A failed version is reset as if it had just been uploaded, and its dead jobs are deleted. A queued version is enqueued
 * again, in case its job was lost; it is rendered only once.
 *
 * The job waits for its turn among the jobs of the owner, as after an upload. Owners who only have the permission for their
 * own media can reprocess a version three times a day, because a small request can cause much rendering.
 *
 * @throws {Problem} 404, 409 `trashed` or `not-a-picture`, 412, 429 `reprocessed-too-often`.
 */
export async function reprocessMedia(context: Context, id: string, changer: Changer): Promise<Media> {
  const { logger } = context
  const media = await changeAndPresentMedia(context, id, changer, async (found, unit) => {
    const { trashedAt, kind, currentVersion: current } = found
    if (trashedAt) throw mediaProblems.trashed()
    if (kind !== 'image' || !current) throw mediaProblems.notAPicture()
    const versionId = current.id
    const secondsToWait = changer.scope === 'own' ? await countReprocess(unit, versionId) : undefined
    if (secondsToWait !== undefined) throw mediaProblems.reprocessedTooOften(secondsToWait)
    const job: RenderJob = { ...renderJobBase, mediaId: id, versionId }
    const payload = current.status === 'ready' ? { ...job, force: true } : job
    await endDeadJobsOf(unit, versionId)
    await requeueVersions(unit, [{ versionId, routingKey: 'interactive', payload }])
    if (current.status === 'failed') await settleCurrentVersion(unit, id)
  })
  logger.info({ event: 'media.reprocessed', mediaId: id })
  return media
}
