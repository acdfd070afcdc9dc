import type { Attributes } from '@likeness/postgres'

import type { EventModel } from './models/event.ts'
import type { MediasdbUnit } from './open-mediasdb.ts'

/** An event of a version. */
export interface NewEvent
  extends Pick<Attributes<EventModel>, 'mediaId' | 'type'>, Partial<Pick<Attributes<EventModel>, 'data'>> {
  versionId: NonNullable<Attributes<EventModel>['versionId']>
}

/** Inserts events. The event streams of a media send them in this order. */
export async function recordEvents(unit: MediasdbUnit, events: readonly NewEvent[]): Promise<void> {
  if (events.length > 0) await unit.Event.bulkCreate([...events])
}

/**
 * SQL that inserts an event for each row of a query. Embed it in the statement that changes the rows.
 *
 * @param query returns the media's id (uuid), the version's id (uuid), the type (text) and the data (jsonb)
 */
export function recordEventsFrom(query: string): string {
  return `INSERT INTO event (media_id, version_id, type, data) ${query}`
}
