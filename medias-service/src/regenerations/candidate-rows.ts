import { enqueueJobsFrom, type MediasdbUnit, type RegenerationModel } from '@likeness/mediasdb'
import type { Attributes } from '@likeness/postgres'

import { renderJobBase } from '../outbox/outbox-rows.ts'
import type { ExpectedSizes } from './expected-sizes.ts'

/** The fields of a regeneration that select its versions. */
export interface Candidates extends Pick<Attributes<RegenerationModel>, 'id' | 'what' | 'filter' | 'createdAt'> {
  expected: ExpectedSizes
}

/**
 * Number of versions that one statement scans, in the order of their ids. Its time does not depend on the size of the
 * library: 43 ms of PostgreSQL's CPU with ten sizes each (measured with 100,000 versions in memory). A statement is
 * aborted after 4 s.
 */
const CHUNK = 2_000

export interface Scan {
  /** Number of candidates. */
  found: number
  /** The last scanned version; the old cursor if no version was scanned. */
  cursor: string
  /** Whether no version follows the last scanned one. */
  isLast: boolean
}

/** Counts the candidates among the versions after a cursor. */
export async function countCandidates(unit: MediasdbUnit, candidates: Candidates, cursor: string): Promise<Scan> {
  const row = await unit.row<{ found: number; scanned: number; last: string | null }>(
    `${withCandidates(candidates)}
     SELECT (SELECT count(*) FROM candidate) AS found, (SELECT count(*) FROM scanned) AS scanned,
            (SELECT id FROM scanned ORDER BY id DESC LIMIT 1) AS last`,
    valuesOf(candidates, cursor),
  )
  const { found, scanned, last } = row ?? { found: 0, scanned: 0, last: null }
  return { found, cursor: last ?? cursor, isLast: scanned < CHUNK }
}

/**
 * Enqueues up to `limit` candidates after a cursor. Each gets a row in `regeneration_job`, which the worker deletes when
 * it has rendered the version.
 */
export async function enqueueCandidates(
  unit: MediasdbUnit,
  candidates: Candidates,
  { cursor, limit }: { cursor: string; limit: number },
): Promise<Scan> {
  const row = await unit.row<{ found: number; enqueuedTo: string | null; scanned: number; last: string | null }>(
    `${withCandidates(candidates)}, enqueued AS (
       SELECT id, media_id FROM candidate ORDER BY id LIMIT :limit
     ), requested AS (
       INSERT INTO regeneration_job (regeneration_id, version_id, media_id) SELECT :id::uuid, id, media_id FROM enqueued
     ), jobs AS (
       ${enqueueJobsFrom(
         `SELECT 'bulk', :job::jsonb || jsonb_build_object('mediaId', media_id, 'versionId', id)
          FROM enqueued ORDER BY id`,
       )}
     )
     SELECT (SELECT count(*) FROM enqueued) AS found,
            (SELECT id FROM enqueued ORDER BY id DESC LIMIT 1) AS "enqueuedTo",
            (SELECT count(*) FROM scanned) AS scanned, (SELECT id FROM scanned ORDER BY id DESC LIMIT 1) AS last`,
    { ...valuesOf(candidates, cursor), limit, job: jobOf(candidates) },
  )
  const { found, enqueuedTo, scanned, last } = row ?? { found: 0, enqueuedTo: null, scanned: 0, last: null }
  // The scanned versions may contain more candidates.
  if (enqueuedTo !== null && found === limit) return { found, cursor: enqueuedTo, isLast: false }
  return { found, cursor: last ?? cursor, isLast: scanned < CHUNK }
}

/** Enqueues again every job that a regeneration waits for. */
export async function enqueueAgain(unit: MediasdbUnit, regeneration: { id: string }): Promise<void> {
  await unit.rows(
    enqueueJobsFrom(
      `SELECT 'bulk', :job::jsonb || jsonb_build_object('mediaId', media_id, 'versionId', version_id)
       FROM regeneration_job WHERE regeneration_id = :id AND status = 'queued' ORDER BY version_id`,
    ),
    { id: regeneration.id, job: jobOf(regeneration) },
  )
}

const jobOf = ({ id }: { id: string }) => JSON.stringify({ ...renderJobBase, regenerationId: id })

/** Rounds a coordinate like `fingerprintOf`, and writes it like JSON. */
const focusPart = (column: string) => `(floor(m.${column} * 10000 + 0.5) / 10000)::text`

/** The expected fingerprint of a size without a focal point; null when the size is not requested. */
const expectedFingerprint = `:fingerprints::jsonb -> p.kind ->> (s.preset || '.' || s.format)`

const crop = (place: 0 | 1) => `:crops::jsonb -> s.preset ->> ${place}`

/** The expected fingerprint of a size of a preset that crops, with the focal point of the media; otherwise null. */
const croppedFingerprint = `left(encode(sha256(convert_to(${crop(0)} || p.focus || (${crop(1)}), 'UTF8')), 'hex'), 16)`

const names = (list: string) => `:${list}::text[]`

/** A size of a deleted preset, or in a format that its requested preset no longer has. */
const isObsolete = `NOT s.preset = ANY(${names('inForce')})
    OR (s.preset = ANY(${names('requested')}) AND ${expectedFingerprint} IS NULL)`

const isUpToDate = `${expectedFingerprint} IS NOT NULL
    AND s.fingerprint = coalesce(${croppedFingerprint}, ${expectedFingerprint})`

/** The picked versions that are rendering, lack a size, or have a stale or obsolete size. */
const staleOfPicked = `SELECT p.id, p.media_id
    FROM picked p
    CROSS JOIN LATERAL (
      SELECT count(*) FILTER (WHERE ${isUpToDate}) AS good, bool_or(${isObsolete}) AS has_obsolete
      FROM media_size s WHERE s.version_id = p.id
    ) sizes
    WHERE p.status = 'processing' OR p.kind IS NULL OR sizes.has_obsolete
      OR sizes.good < (:counts::jsonb ->> p.kind)::integer`

/**
 * SQL for the candidates after a cursor: ready versions that are stale (with `all`, every ready version), and versions
 * that started to render before the regeneration, perhaps with older presets. A worker checks each version again, so a
 * false candidate costs little.
 */
function withCandidates({ what, filter }: Candidates): string {
  const conditions = [
    `m.kind = 'image' AND m.trashed_at IS NULL`,
    `(v.status = 'ready' OR (v.status = 'processing' AND v.started_at < :orderedAt))`,
    what === 'all' && 'v.created_at < :orderedAt',
    filter.owner && 'm.owner_id = :owner',
    filter.createdBefore && 'm.created_at < :createdBefore',
    filter.tag &&
      `EXISTS (SELECT FROM media_tags_media mt JOIN media_tag t ON t.id = mt.tag_id
               WHERE mt.media_id = m.id AND t.slug = :tag)`,
  ]
  return `WITH scanned AS MATERIALIZED (
      SELECT id, media_id, status, started_at, created_at, animated, has_alpha
      FROM media_version WHERE id > :cursor ORDER BY id LIMIT ${CHUNK}
    ), picked AS (
      SELECT v.id, v.media_id, v.status, '[' || ${focusPart('focal_x')} || ',' || ${focusPart('focal_y')} || ']' AS focus,
             CASE WHEN v.animated THEN 'animated' WHEN v.has_alpha THEN 'alpha'
                  WHEN NOT v.animated AND NOT v.has_alpha THEN 'plain' END AS kind
      FROM scanned v JOIN media m ON m.id = v.media_id
      WHERE ${conditions.filter(Boolean).join(' AND ')}
    ), candidate AS (${what === 'all' ? 'SELECT id, media_id FROM picked' : staleOfPicked})`
}

function valuesOf({ id, createdAt: orderedAt, filter, expected }: Candidates, cursor: string): Record<string, unknown> {
  const { fingerprints, counts, crops, requested, inForce } = expected
  return {
    ...filter,
    id,
    orderedAt,
    cursor,
    fingerprints: JSON.stringify(fingerprints),
    counts: JSON.stringify(counts),
    crops: JSON.stringify(crops),
    requested,
    inForce,
  }
}
