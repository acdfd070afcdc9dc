import type { RenderJob } from '@likeness/media-jobs'
import type { Mediasdb, MediasdbUnit, RegenerationModel } from '@likeness/mediasdb'
import type { Attributes } from '@likeness/postgres'

/** The sizes that a job must render. */
export interface RegenerationJob {
  /** `done`: the regeneration no longer waits for this version; `cancelled`: the regeneration is cancelled or deleted. */
  state: 'open' | 'done' | 'cancelled'
  /** Only sizes of these presets; null: all sizes. */
  presets: string[] | null
  /** Whether to render sizes that are up to date too. */
  force: boolean
}

interface RegenerationRow extends Pick<Attributes<RegenerationModel>, 'what'> {
  presets: string[] | null
  isCancelled: boolean
  isOpen: boolean
}

/**
 * Reads what the job's regeneration currently requests. The version's row in `regeneration_job` is the request: a second
 * delivery of the job finds it deleted or failed.
 */
export async function readRegenerationJob(mediasdb: Mediasdb, job: RenderJob): Promise<RegenerationJob> {
  const { regenerationId, versionId, force = false } = job
  if (regenerationId === undefined) return { state: 'open', presets: null, force }
  const row = await mediasdb.row<RegenerationRow>(
    `SELECT r.what, r.filter -> 'presets' AS presets, r.status = 'cancelled' AS "isCancelled",
            j.version_id IS NOT NULL AS "isOpen"
     FROM regeneration r LEFT JOIN regeneration_job j
            ON j.regeneration_id = r.id AND j.version_id = :versionId AND j.status = 'queued'
     WHERE r.id = :regenerationId`,
    { regenerationId, versionId },
  )
  if (!row?.isOpen) return { state: row && !row.isCancelled ? 'done' : 'cancelled', presets: null, force: false }
  return { state: 'open', presets: row.presets, force: force || row.what === 'all' }
}

/** Deletes the regeneration job: the regeneration no longer waits for this version. */
export async function deleteRegenerationJob(mediasdb: MediasdbUnit, job: RenderJob): Promise<void> {
  const { regenerationId, versionId } = job
  if (regenerationId === undefined) return
  await mediasdb.RegenerationJob.destroy({ where: { regenerationId, versionId, status: 'queued' } })
}
