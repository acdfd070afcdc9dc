import type { EventModel, Mediasdb, MediaVersionModel } from '@likeness/mediasdb'
import type { Attributes } from '@likeness/postgres'

/** A place in the order in which events were committed: their ids alone commit out of order. */
export type EventCursor = Pick<Attributes<EventModel>, 'xid' | 'id'>

export interface EventRow
  extends EventCursor, Pick<Attributes<EventModel>, 'type' | 'versionId' | 'data' | 'createdAt'> {
  /** The version's number; null when it is gone. */
  version: Attributes<MediaVersionModel>['number'] | null
}

/** The first that PostgreSQL gives to a transaction. */
const FIRST_XID = 3
/** Statements have 4 s; a hundred thousand rows took 0.8 s. */
const ADOPTED_AT_ONCE = 20_000

/** Before everything. */
export const firstEvent: EventCursor = { xid: '0', id: 0 }

/**
 * What happened to a media after a cursor, the oldest first; everything after one that no event can have had yet, such as
 * what a client kept from before the database was restored into another. What an open transaction might still come before
 * is not given yet.
 */
export function readMediaEvents(
  mediasdb: Mediasdb,
  mediaId: string,
  after: EventCursor,
  limit: number,
): Promise<EventRow[]> {
  return mediasdb.rows<EventRow>(
    `SELECT e.xid, e.id, e.type, e.version_id AS "versionId", v.number AS version, e.data, e.created_at AS "createdAt"
     FROM event e LEFT JOIN media_version v ON v.id = e.version_id
     WHERE e.media_id = :mediaId
       AND (e.xid, e.id) > (CASE WHEN :xid::xid8 < pg_snapshot_xmin(pg_current_snapshot())
                                 THEN :xid::xid8 ELSE '0' END, :id::bigint)
       AND e.xid < pg_snapshot_xmin(pg_current_snapshot())
     ORDER BY e.xid, e.id LIMIT :limit`,
    { mediaId, xid: after.xid, id: after.id, limit },
  )
}

/** The media to which anything happened since, and since when to ask the next time. May name some twice, never too few. */
export async function readChangedMedia(
  mediasdb: Mediasdb,
  since: string,
): Promise<{ mediaIds: string[]; next: string }> {
  const row = await mediasdb.row<{ mediaIds: string[]; next: string }>(
    `SELECT pg_snapshot_xmin(pg_current_snapshot()) AS next,
            ARRAY(SELECT DISTINCT media_id FROM event WHERE xid >= :since::xid8) AS "mediaIds"`,
    { since },
  )
  return row ?? { mediaIds: [], next: since }
}

/**
 * Puts events that a backup brought from another PostgreSQL first, in the order of their ids: transactions were counted
 * from elsewhere there, and an event from ahead of the count would be told only when the count has come so far. What is
 * seen here of a transaction that has not been yet can only come from there; what was restored with it has no higher id.
 *
 * @returns how many there were
 */
export async function adoptRestoredEvents(mediasdb: Mediasdb): Promise<number> {
  const last = await mediasdb.row<{ id: number | null }>(
    // OFFSET 0 keeps it to the index by xid, where there is nothing to be found nearly always.
    `SELECT max(id) AS id
     FROM (SELECT id FROM event WHERE xid >= pg_snapshot_xmax(pg_current_snapshot()) OFFSET 0) ahead`,
  )
  if (!last?.id) return 0
  // From below: one from ahead is left until all are done, so that what a fault breaks off is gone on with.
  for (let adopted = 0; ;) {
    const { count = 0 } =
      (await mediasdb.row<{ count: number }>(
        `WITH adopted AS (
           UPDATE event SET xid = '${FIRST_XID}' WHERE id IN (
             SELECT id FROM event WHERE id <= :last AND xid <> '${FIRST_XID}' ORDER BY id LIMIT ${ADOPTED_AT_ONCE})
           RETURNING id
         )
         SELECT count(*) AS count FROM adopted`,
        { last: last.id },
      )) ?? {}
    adopted += count
    if (count < ADOPTED_AT_ONCE) return adopted
  }
}

/** From now on. */
export async function readEventHorizon(mediasdb: Mediasdb): Promise<string> {
  const row = await mediasdb.row<Pick<EventCursor, 'xid'>>('SELECT pg_snapshot_xmin(pg_current_snapshot()) AS xid')
  return row?.xid ?? '0'
}
