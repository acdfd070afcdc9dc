import { enqueueJobsFrom, type MediasdbUnit, type RegenerationModel } from '@likeness/mediasdb'
import type { Attributes } from '@likeness/postgres'

import { renderJobBase } from '../outbox/outbox-rows.ts'
import type { ExpectedSizes } from './expected-sizes.ts'

/** Which versions a regeneration is about. */
export interface Candidates extends Pick<Attributes<RegenerationModel>, 'id' | 'what' | 'filter' | 'createdAt'> {
  expected: ExpectedSizes
}

/**
 * Versions are looked at in the order of their ids, so many in a statement, which no library makes longer: 43 ms of
 * PostgreSQL's CPU where each has ten sizes (measured with 100,000 versions in memory). A statement has 4 s.
 */
const CHUNK = 2_000

export interface Looked {
  /** How many candidates there were. */
  found: number
  /** The last version that was looked at; the cursor stays where it was when there was none. */
  cursor: string
  /** Whether that was the last of all. */
  isLast: boolean
}

/** Counts the candidates among the versions after a cursor. */
export async function countCandidates(unit: MediasdbUnit, candidates: Candidates, cursor: string): Promise<Looked> {
  const row = await unit.row<{ found: number; scanned: number; last: string | null }>(
    `${judged(candidates)}
     SELECT (SELECT count(*) FROM judged) AS found, (SELECT count(*) FROM scanned) AS scanned,
            (SELECT id FROM scanned ORDER BY id DESC LIMIT 1) AS last`,
    valuesOf(candidates, cursor),
  )
  const { found, scanned, last } = row ?? { found: 0, scanned: 0, last: null }
  return { found, cursor: last ?? cursor, isLast: scanned < CHUNK }
}

/** Writes the jobs of up to `most` candidates after a cursor, each with the row that its worker takes away. */
export async function feedCandidates(
  unit: MediasdbUnit,
  candidates: Candidates,
  { cursor, most }: { cursor: string; most: number },
): Promise<Looked> {
  const row = await unit.row<{ found: number; fedTo: string | null; scanned: number; last: string | null }>(
    `${judged(candidates)}, fed AS (
       SELECT id, media_id FROM judged ORDER BY id LIMIT :most
     ), demands AS (
       INSERT INTO regeneration_job (regeneration_id, version_id, media_id) SELECT :id::uuid, id, media_id FROM fed
     ), jobs AS (
       ${enqueueJobsFrom(
         `SELECT 'bulk', :job::jsonb || jsonb_build_object('mediaId', media_id, 'versionId', id) FROM fed ORDER BY id`,
       )}
     )
     SELECT (SELECT count(*) FROM fed) AS found, (SELECT id FROM fed ORDER BY id DESC LIMIT 1) AS "fedTo",
            (SELECT count(*) FROM scanned) AS scanned, (SELECT id FROM scanned ORDER BY id DESC LIMIT 1) AS last`,
    { ...valuesOf(candidates, cursor), most, job: jobOf(candidates) },
  )
  const { found, fedTo, scanned, last } = row ?? { found: 0, fedTo: null, scanned: 0, last: null }
  // There may be more candidates before the end of what was looked at.
  if (fedTo !== null && found === most) return { found, cursor: fedTo, isLast: false }
  return { found, cursor: last ?? cursor, isLast: scanned < CHUNK }
}

/** Writes the jobs of all that a regeneration waits for once more. */
export async function feedAgain(unit: MediasdbUnit, regeneration: { id: string }): Promise<void> {
  await unit.rows(
    enqueueJobsFrom(
      `SELECT 'bulk', :job::jsonb || jsonb_build_object('mediaId', media_id, 'versionId', version_id)
       FROM regeneration_job WHERE regeneration_id = :id AND status = 'queued' ORDER BY version_id`,
    ),
    { id: regeneration.id, job: jobOf(regeneration) },
  )
}

const jobOf = ({ id }: { id: string }) => JSON.stringify({ ...renderJobBase, regenerationId: id })

/** Rounds as `fingerprintOf` does, and writes a number as JSON does. */
const focusPart = (column: string) => `(floor(m.${column} * 10000 + 0.5) / 10000)::text`

/** What is expected of a size where no focal point is set; null: nobody asks for it. */
const expectedFingerprint = `:fingerprints::jsonb -> p.kind ->> (s.preset || '.' || s.format)`

const crop = (place: 0 | 1) => `:crops::jsonb -> s.preset ->> ${place}`

/** The same where one is set, for presets that crop. */
const croppedFingerprint = `left(encode(sha256(convert_to(${crop(0)} || p.focus || (${crop(1)}), 'UTF8')), 'hex'), 16)`

const names = (list: string) => `:${list}::text[]`

/** What nobody asks for any more: of a preset that is no more, or in a format that a preset which is asked for has not. */
const isObsolete = `NOT s.preset = ANY(${names('inForce')})
    OR (s.preset = ANY(${names('asked')}) AND ${expectedFingerprint} IS NULL)`

const isUpToDate = `${expectedFingerprint} IS NOT NULL
    AND s.fingerprint = coalesce(${croppedFingerprint}, ${expectedFingerprint})`

/** Of the versions that were picked, those that are being rendered, lack a size, or have one too many. */
const staleOfPicked = `SELECT p.id, p.media_id
    FROM picked p
    CROSS JOIN LATERAL (
      SELECT count(*) FILTER (WHERE ${isUpToDate}) AS good, bool_or(${isObsolete}) AS has_obsolete
      FROM media_size s WHERE s.version_id = p.id
    ) sizes
    WHERE p.status = 'processing' OR p.kind IS NULL OR sizes.has_obsolete
      OR sizes.good < (:counts::jsonb ->> p.kind)::integer`

/**
 * The candidates after a cursor: versions that are ready and stale, or ready at all where everything is wanted, and those
 * being rendered since before the regeneration, by presets that may have changed meanwhile. Whatever is reported too many
 * costs a worker a look; it decides for itself.
 */
function judged({ what, filter }: Candidates): string {
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
    ), judged AS (${what === 'all' ? 'SELECT id, media_id FROM picked' : staleOfPicked})`
}

function valuesOf({ id, createdAt: orderedAt, filter, expected }: Candidates, cursor: string): Record<string, unknown> {
  const { fingerprints, counts, crops, asked, inForce } = expected
  return {
    ...filter,
    id,
    orderedAt,
    cursor,
    fingerprints: JSON.stringify(fingerprints),
    counts: JSON.stringify(counts),
    crops: JSON.stringify(crops),
    asked,
    inForce,
  }
}
