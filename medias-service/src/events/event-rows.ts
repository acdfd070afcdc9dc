import type { EventModel, Mediasdb, MediaVersionModel } from '@likeness/mediasdb'
import type { Attributes } from '@likeness/postgres'

/** A position in the order in which events were committed. The ids alone are not in this order. */
export type EventCursor = Pick<Attributes<EventModel>, 'xid' | 'id'>

export interface EventRow
  extends EventCursor, Pick<Attributes<EventModel>, 'type' | 'versionId' | 'data' | 'createdAt'> {
  /** The version's number; null when the version is deleted. */
  version: Attributes<MediaVersionModel>['number'] | null
}

/** The first transaction id that PostgreSQL assigns. */
const FIRST_XID = 3
/** Number of rows in one statement, which is aborted after 4 s; 100,000 rows took 0.8 s. */
const ADOPT_BATCH = 20_000

/** The position before the first event. */
export const firstEvent: EventCursor = { xid: '0', id: 0 }

/** A position in the events of one media. */
export interface MediaPosition extends EventCursor {
  mediaId: string
}

/**
 * The events after each of several positions, the oldest first. A cursor from the future returns all events, because a
 * client may have received it before the database was restored into another server. An event is not returned while an open
 * transaction could still commit an earlier one.
 *
 * @param limit the maximum number of events after each position
 * @returns the events by the index of their position, without an entry for a position without later events
 */
export async function readEventsAfter(
  mediasdb: Mediasdb,
  positions: MediaPosition[],
  limit: number,
): Promise<Map<number, EventRow[]>> {
  const rows = await mediasdb.rows<EventRow & { position: number }>(
    `SELECT p.position, e.xid, e.id, e.type, e.version_id AS "versionId", v.number AS version, e.data,
            e.created_at AS "createdAt"
     FROM unnest(:mediaIds::uuid[], :xids::xid8[], :ids::bigint[])
       WITH ORDINALITY AS p (media_id, xid, id, position)
     CROSS JOIN LATERAL (
       SELECT * FROM event
       WHERE media_id = p.media_id
         AND (xid, id) > (CASE WHEN p.xid < pg_snapshot_xmin(pg_current_snapshot()) THEN p.xid ELSE '0' END, p.id)
         AND xid < pg_snapshot_xmin(pg_current_snapshot())
       ORDER BY xid, id LIMIT :limit
     ) e
     LEFT JOIN media_version v ON v.id = e.version_id
     ORDER BY p.position, e.xid, e.id`,
    {
      mediaIds: positions.map(({ mediaId }) => mediaId),
      xids: positions.map(({ xid }) => xid),
      ids: positions.map(({ id }) => id),
      limit,
    },
  )
  const byPosition = new Map<number, EventRow[]>()
  for (const { position, ...row } of rows) {
    // PostgreSQL counts positions from 1.
    const events = byPosition.get(position - 1)
    if (events) events.push(row)
    else byPosition.set(position - 1, [row])
  }
  return byPosition
}

/**
 * The media with events since a position, and the position for the next call. Two successive calls can return the same
 * media for one event.
 */
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
 * Moves events that were restored from another PostgreSQL server to the front, in the order of their ids. The other
 * server counted transactions differently, so an event with a future transaction id would be sent only when this server
 * reaches that id. Only restored events can have a future id, and all events restored with them have lower ids.
 *
 * @returns the number of moved events
 */
export async function adoptRestoredEvents(mediasdb: Mediasdb): Promise<number> {
  const last = await mediasdb.row<{ id: number | null }>(
    // OFFSET 0 makes PostgreSQL use the index by xid, which nearly always finds nothing.
    `SELECT max(id) AS id
     FROM (SELECT id FROM event WHERE xid >= pg_snapshot_xmax(pg_current_snapshot()) OFFSET 0) ahead`,
  )
  if (!last?.id) return 0
  // In ascending order, so that an event with a future transaction id remains until the end. After an interruption, the
  // next run finds this event and continues.
  for (let adopted = 0; ;) {
    const { count = 0 } =
      (await mediasdb.row<{ count: number }>(
        `WITH adopted AS (
           UPDATE event SET xid = '${FIRST_XID}' WHERE id IN (
             SELECT id FROM event WHERE id <= :last AND xid <> '${FIRST_XID}' ORDER BY id LIMIT ${ADOPT_BATCH})
           RETURNING id
         )
         SELECT count(*) AS count FROM adopted`,
        { last: last.id },
      )) ?? {}
    adopted += count
    if (count < ADOPT_BATCH) return adopted
  }
}

/** The position after the events committed so far. */
export async function readEventHorizon(mediasdb: Mediasdb): Promise<string> {
  const row = await mediasdb.row<Pick<EventCursor, 'xid'>>('SELECT pg_snapshot_xmin(pg_current_snapshot()) AS xid')
  return row?.xid ?? '0'
}
