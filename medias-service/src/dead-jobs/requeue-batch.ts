import { parseJob, UnknownContractError, type Job } from '@likeness/media-jobs'
import { settleCurrentVersions, type VersionStatus } from '@likeness/mediasdb'

import type { Context } from '../context.ts'
import { endDeadJobs, type DeadJobRow } from './dead-job-rows.ts'
import { lockVersions, requeueVersions, type FoundVersion } from './requeue-rows.ts'

/** The outcome for one dead job. `gone`: it does not exist, or another request has requeued or discarded it. */
export type Requeued = 'requeued' | 'gone' | 'media-gone' | 'trashed' | 'not-a-job' | 'unknown-contract'

/**
 * Requeues dead jobs in one transaction that locks their media. Each job returns to its queue once, and its version's
 * attempts are reset. Jobs that cannot be requeued stay dead.
 *
 * @returns the outcome for each id
 */
export async function requeueBatch({ mediasdb }: Context, ids: string[]): Promise<Map<string, Requeued>> {
  return mediasdb.transaction(async (unit) => {
    const outcomes = new Map<string, Requeued>(ids.map((id) => [id, 'gone']))
    const order = [
      ['failedAt', 'ASC'],
      ['id', 'ASC'],
    ] satisfies [string, string][]
    const readable = (await unit.DeadJob.findAll({ where: { id: ids }, order })).flatMap((deadJob) => {
      const job = readJob(deadJob)
      if (typeof job !== 'string') return [{ deadJob, job }]
      outcomes.set(deadJob.id, job)
      return []
    })

    const jobs = readable.map(({ job }) => job)
    const versions = new Map((await lockVersions(unit, jobs)).map((version) => [version.id, version]))
    const possible = readable.flatMap(({ deadJob, job }) => {
      const version = versions.get(job.versionId)
      const obstacle = obstacleOf(job, version)
      if (obstacle) outcomes.set(deadJob.id, obstacle)
      return version && !obstacle ? [{ deadJob, job, version }] : []
    })

    const possibleIds = possible.map(({ deadJob }) => deadJob.id)
    const ended = new Set(await endDeadJobs(unit, possibleIds))
    const requeued = possible.filter(({ deadJob }) => ended.has(deadJob.id))
    await requeueVersions(
      unit,
      requeued.map(({ deadJob, job, version }) => ({
        versionId: job.versionId,
        routingKey: deadJob.routingKey,
        payload: requeuedPayload(deadJob.payload as Job, version.status),
      })),
    )
    const mediaIds = new Set(requeued.map(({ job }) => job.mediaId))
    await settleCurrentVersions(unit, [...mediaIds])
    for (const { deadJob } of requeued) outcomes.set(deadJob.id, 'requeued')
    return outcomes
  })
}

function readJob({ payload }: DeadJobRow): Job | 'not-a-job' | 'unknown-contract' {
  try {
    return parseJob(Buffer.from(JSON.stringify(payload)))
  } catch (error) {
    return error instanceof UnknownContractError ? 'unknown-contract' : 'not-a-job'
  }
}

function obstacleOf(job: Job, version: FoundVersion | undefined): 'media-gone' | 'trashed' | undefined {
  if (version?.mediaId !== job.mediaId) return 'media-gone'
  return version.trashed ? 'trashed' : undefined
}

/**
 * The regeneration that requested a job may have ended since. A ready version is therefore rendered again in every size,
 * independently of the regeneration.
 */
function requeuedPayload({ regenerationId, ...job }: Job, status: VersionStatus): Job {
  return regenerationId !== undefined && status === 'ready' ? { ...job, force: true } : job
}
