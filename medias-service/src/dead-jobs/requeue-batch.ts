import { parseJob, UnknownContractError, type RenderJob } from '@likeness/media-jobs'
import { settleCurrentVersions, type VersionStatus } from '@likeness/mediasdb'

import type { Context } from '../context.ts'
import { endDeadJobs, type DeadJobRow } from './dead-job-rows.ts'
import { lockVersions, queueAgain, type FoundVersion } from './requeue-rows.ts'

/** What became of a dead job that was to be requeued; `gone`: there is none, or somebody else was faster. */
export type Requeued = 'requeued' | 'gone' | 'media-gone' | 'trashed' | 'not-a-job' | 'unknown-contract'

/**
 * Requeues some dead jobs in one transaction, under the locks of their media: each goes back to the queue that it came
 * from, once, and its version is as if it had never been tried. What cannot be requeued stays.
 *
 * @returns what became of each id
 */
export async function requeueBatch({ mediasdb }: Context, ids: string[]): Promise<Map<string, Requeued>> {
  return mediasdb.transaction(async (unit) => {
    const outcomes = new Map<string, Requeued>(ids.map((id) => [id, 'gone']))
    const order = [
      ['failedAt', 'ASC'],
      ['id', 'ASC'],
    ] satisfies [string, string][]
    const readable = (await unit.DeadJob.findAll({ where: { id: ids }, order })).flatMap((buried) => {
      const job = readJob(buried)
      if (typeof job !== 'string') return [{ buried, job }]
      outcomes.set(buried.id, job)
      return []
    })

    const jobs = readable.map(({ job }) => job)
    const versions = new Map((await lockVersions(unit, jobs)).map((version) => [version.id, version]))
    const possible = readable.flatMap(({ buried, job }) => {
      const version = versions.get(job.versionId)
      const obstacle = obstacleOf(job, version)
      if (obstacle) outcomes.set(buried.id, obstacle)
      return version && !obstacle ? [{ buried, job, version }] : []
    })

    const possibleIds = possible.map(({ buried }) => buried.id)
    const ended = new Set(await endDeadJobs(unit, possibleIds))
    const requeued = possible.filter(({ buried }) => ended.has(buried.id))
    await queueAgain(
      unit,
      requeued.map(({ buried, job, version }) => ({
        versionId: job.versionId,
        routingKey: buried.routingKey,
        payload: payloadAgain(buried.payload as RenderJob, version.status),
      })),
    )
    const mediaIds = new Set(requeued.map(({ job }) => job.mediaId))
    await settleCurrentVersions(unit, [...mediaIds])
    for (const { buried } of requeued) outcomes.set(buried.id, 'requeued')
    return outcomes
  })
}

function readJob({ payload }: DeadJobRow): RenderJob | 'not-a-job' | 'unknown-contract' {
  try {
    return parseJob(Buffer.from(JSON.stringify(payload)))
  } catch (error) {
    return error instanceof UnknownContractError ? 'unknown-contract' : 'not-a-job'
  }
}

function obstacleOf(job: RenderJob, version: FoundVersion | undefined): 'media-gone' | 'trashed' | undefined {
  if (version?.mediaId !== job.mediaId) return 'media-gone'
  return version.trashed ? 'trashed' : undefined
}

/**
 * The regeneration that asked for a job may be over or cancelled by now: what is ready is rendered anew without it,
 * every size of it.
 */
function payloadAgain({ regenerationId, ...job }: RenderJob, status: VersionStatus): RenderJob {
  return regenerationId !== undefined && status === 'ready' ? { ...job, force: true } : job
}
