import type { RenderJob } from '@likeness/media-jobs'
import type { Mediasdb, MediasdbUnit, RegenerationModel } from '@likeness/mediasdb'
import type { Attributes } from '@likeness/postgres'

/** What a job is asked for, beside its version. */
export interface Demand {
  /** `over`: its regeneration has had this version already; `cancelled`: nobody wants it any more. */
  state: 'open' | 'over' | 'cancelled'
  /** Only sizes of these presets; null: of all. */
  presets: string[] | null
  /** Whether what is up to date is rendered as well. */
  anew: boolean
}

interface RegenerationRow extends Pick<Attributes<RegenerationModel>, 'what'> {
  presets: string[] | null
  isCancelled: boolean
  isOpen: boolean
}

/**
 * What the job's regeneration asks for, as it stands now. A version's row in `regeneration_job` is the demand itself:
 * whoever delivers the job a second time finds it gone, or failed.
 */
export async function readDemand(mediasdb: Mediasdb, job: RenderJob): Promise<Demand> {
  const { regenerationId, versionId, force = false } = job
  if (regenerationId === undefined) return { state: 'open', presets: null, anew: force }
  const row = await mediasdb.row<RegenerationRow>(
    `SELECT r.what, r.filter -> 'presets' AS presets, r.status = 'cancelled' AS "isCancelled",
            j.version_id IS NOT NULL AS "isOpen"
     FROM regeneration r LEFT JOIN regeneration_job j
            ON j.regeneration_id = r.id AND j.version_id = :versionId AND j.status = 'queued'
     WHERE r.id = :regenerationId`,
    { regenerationId, versionId },
  )
  if (!row?.isOpen) return { state: row && !row.isCancelled ? 'over' : 'cancelled', presets: null, anew: false }
  return { state: 'open', presets: row.presets, anew: force || row.what === 'all' }
}

/** Ends the wait of the job's regeneration for this version. */
export async function endDemand(mediasdb: MediasdbUnit, job: RenderJob): Promise<void> {
  const { regenerationId, versionId } = job
  if (regenerationId === undefined) return
  await mediasdb.RegenerationJob.destroy({ where: { regenerationId, versionId, status: 'queued' } })
}
