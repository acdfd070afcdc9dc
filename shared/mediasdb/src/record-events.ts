import type { Attributes, Sql } from '@likeness/postgres'

import type { EventModel } from './models/event.ts'

/** An event of a version. */
export interface NewEvent {
  mediaId: string
  versionId: string
  type: Attributes<EventModel>['type']
  data?: Attributes<EventModel>['data']
}

/** Records events in this order, for everybody who follows their media. */
export async function recordEvents(sql: Sql, events: readonly NewEvent[]): Promise<void> {
  if (events.length === 0) return
  await sql.rows(
    recordEventsFrom(
      `SELECT (event ->> 'mediaId')::uuid, (event ->> 'versionId')::uuid, event ->> 'type',
              coalesce(event -> 'data', '{}')
       FROM jsonb_array_elements(:events::jsonb) WITH ORDINALITY AS given(event, place) ORDER BY place`,
    ),
    { events: JSON.stringify(events) },
  )
}

/**
 * SQL that records an event for each row of a query, for a statement that changes rows and records that.
 *
 * @param query answers the media's id (uuid), the version's (uuid), the type (text) and the data (jsonb)
 */
export function recordEventsFrom(query: string): string {
  return `INSERT INTO event (media_id, version_id, type, data) ${query}`
}
