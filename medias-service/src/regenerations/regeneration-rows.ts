import type { RenderJob } from '@likeness/media-jobs'
import type { Mediasdb, MediasdbUnit, RegenerationJobModel, RegenerationModel } from '@likeness/mediasdb'
import { storable, type Attributes } from '@likeness/postgres'
import { keyset, type ListOrder } from '@likeness/service-kit/http'

/**
 * A regeneration with the counts of its jobs. `fed` is the number of enqueued jobs. `rate` is in versions per second;
 * null while it is unknown.
 */
export interface RegenerationRow extends Pick<
  Attributes<RegenerationModel>,
  'id' | 'what' | 'filter' | 'status' | 'total' | 'isCounted' | 'fed' | 'rate' | 'createdAt' | 'finishedAt'
> {
  /** Jobs in flight. */
  inFlight: number
  failed: number
}

/** A rate that was measured longer ago counts as unknown: no service enqueues jobs, or the fleet is paused. */
const RATE_VALID_SECONDS = 30

const jobs = (status: 'queued' | 'failed') =>
  `(SELECT count(*) FROM regeneration_job j WHERE j.regeneration_id = r.id AND j.status = '${status}')`

const regenerationColumns = `
  r.id, r.what, r.filter, r.status, r.total, r.is_counted AS "isCounted", r.fed,
  ${jobs('queued')} AS "inFlight", ${jobs('failed')} AS failed, r.created_at AS "createdAt",
  r.finished_at AS "finishedAt",
  CASE WHEN r.status = 'running' AND r.rated_at > now() - interval '${RATE_VALID_SECONDS} seconds' THEN r.rate END AS rate`

export const regenerationOrder: ListOrder<'createdAt'> = {
  columns: { createdAt: 'r.created_at' },
  standard: '-createdAt',
  tieBreak: 'r.id',
}

interface RegenerationList {
  limit: number
  after?: string | undefined
  sort: string
}

export function listRegenerations(mediasdb: Mediasdb, query: RegenerationList): Promise<RegenerationRow[]> {
  const position = keyset(regenerationOrder, query)
  return mediasdb.rows<RegenerationRow>(
    `SELECT ${regenerationColumns}, ${position.cursorColumns} FROM regeneration r
     WHERE ${position.where} ORDER BY ${position.orderBy} LIMIT ${position.limit}`,
    position.values,
  )
}

export function findRegeneration(mediasdb: MediasdbUnit, id: string): Promise<RegenerationRow | undefined> {
  return mediasdb.row<RegenerationRow>(`SELECT ${regenerationColumns} FROM regeneration r WHERE r.id = :id`, { id })
}

/** A regeneration, locked until the transaction ends. */
export async function lockRegeneration(unit: MediasdbUnit, id: string): Promise<RegenerationRow | undefined> {
  await unit.rows('SELECT FROM regeneration WHERE id = :id FOR UPDATE', { id })
  return findRegeneration(unit, id)
}

type RegenerationJob = Attributes<RegenerationJobModel>

export interface RegenerationFailure extends Pick<RegenerationJob, 'mediaId' | 'versionId'> {
  code: NonNullable<RegenerationJob['code']>
  reason: NonNullable<RegenerationJob['reason']>
}

/** The versions that failed in a regeneration, in the order of their ids. */
export async function listFailures(mediasdb: MediasdbUnit, id: string, limit: number): Promise<RegenerationFailure[]> {
  const failed = await mediasdb.RegenerationJob.findAll({
    where: { regenerationId: id, status: 'failed' },
    order: [['versionId', 'ASC']],
    limit,
  })
  // A check constraint ensures that a failed job has a code and a reason.
  return failed.map(({ mediaId, versionId, code, reason }) => {
    return { mediaId, versionId, code: code ?? '', reason: reason ?? '' }
  })
}

interface RunningRow extends Pick<Attributes<RegenerationModel>, 'id'> {
  /** Milliseconds since the last progress. */
  stillMs: number
}

/** The running regenerations, the oldest first. */
export function listRunning(mediasdb: Mediasdb): Promise<RunningRow[]> {
  return mediasdb.rows<RunningRow>(
    `SELECT id, (extract(epoch FROM now() - moved_at) * 1000)::double precision AS "stillMs"
     FROM regeneration WHERE status = 'running' ORDER BY created_at, id`,
  )
}

/** A regeneration at the beginning of a step, with the fleet settings and the time by PostgreSQL's clock. */
export interface RunningRegeneration extends Omit<
  Attributes<RegenerationModel>,
  'status' | 'createdBy' | 'finishedAt'
> {
  /** Jobs in flight. */
  inFlight: number
  now: Date
  isPaused: boolean
  /** The fleet's presets; null until a service has published some. */
  presets: unknown
  /** Whether every worker has read the presets. After a lost notification, a worker needs 2 s. */
  arePresetsSettled: boolean
}

const PRESETS_SETTLE_SECONDS = 3

/**
 * Locks a running regeneration until the transaction ends.
 *
 * @param options.wait whether to wait for another transaction that has the lock; otherwise a locked regeneration is
 *   skipped
 * @returns undefined when the regeneration is not running, or was skipped
 */
export async function lockRunning(
  unit: MediasdbUnit,
  id: string,
  { wait }: { wait: boolean },
): Promise<RunningRegeneration | undefined> {
  const locked = await unit.row(
    `SELECT id FROM regeneration WHERE id = :id AND status = 'running' FOR UPDATE ${wait ? '' : 'SKIP LOCKED'}`,
    { id },
  )
  if (!locked) return undefined
  // A separate statement, because the snapshot of the first statement is older than the lock.
  return unit.row<RunningRegeneration>(
    `SELECT r.id, r.what, r.filter, r.created_at AS "createdAt", r.total, r.fed, r.counted_to AS "countedTo",
            r.fed_to AS "fedTo", r.is_counted AS "isCounted", r.is_fed AS "isFed", ${jobs('queued')} AS "inFlight",
            r.ended, r.rate, r.rated_from AS "ratedFrom", r.rated_at AS "ratedAt", r.moved_at AS "movedAt",
            r.asked_again AS "askedAgain", clock_timestamp() AS now, f.paused AS "isPaused", f.presets,
            f.updated_at < clock_timestamp() - interval '${PRESETS_SETTLE_SECONDS} seconds' AS "arePresetsSettled"
     FROM regeneration r CROSS JOIN fleet f WHERE r.id = :id`,
    { id },
  )
}

/** Cancels a regeneration. Its queued jobs are no longer counted, and workers drop them. */
export async function cancelRunning(unit: MediasdbUnit, id: string): Promise<void> {
  await unit.rows(
    `WITH dropped AS (
       DELETE FROM regeneration_job WHERE regeneration_id = :id AND status = 'queued' RETURNING version_id
     )
     UPDATE regeneration SET status = 'cancelled', finished_at = now(), fed = fed - (SELECT count(*) FROM dropped)
     WHERE id = :id`,
    { id },
  )
}

/** Records the failure of a version in the regeneration that requested the job, if any. */
export async function failRegenerationJob(
  unit: MediasdbUnit,
  { regenerationId, versionId }: RenderJob,
  { code, reason }: { code: string; reason: string },
): Promise<void> {
  if (regenerationId === undefined) return
  await unit.RegenerationJob.update(
    { status: 'failed', code: storable(code), reason: storable(reason) },
    { where: { regenerationId, versionId } },
  )
}

/**
 * Deletes regenerations that ended more than `days` ago: first up to `limit` of their failures, then the regenerations
 * when no failures are left.
 *
 * @returns the number of deleted failures
 */
export async function forgetRegenerations(
  mediasdb: Mediasdb,
  { days, limit }: { days: number; limit: number },
): Promise<number> {
  const forgotten = await mediasdb.rows(
    `DELETE FROM regeneration_job WHERE (regeneration_id, version_id) IN (
       SELECT j.regeneration_id, j.version_id FROM regeneration_job j JOIN regeneration r ON r.id = j.regeneration_id
       WHERE r.finished_at < now() - make_interval(days => :days) LIMIT :limit)
     RETURNING version_id`,
    { days, limit },
  )
  if (forgotten.length < limit) {
    await mediasdb.rows('DELETE FROM regeneration WHERE finished_at < now() - make_interval(days => :days)', { days })
  }
  return forgotten.length
}
