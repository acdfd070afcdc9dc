import type { EventRow } from './event-rows.ts'

/**
 * An event as a server-sent event.
 *
 * @param withDetails whether it contains the workers, the attempts and the errors of retries. A reader who sees the media
 *   only because it is public does not get them.
 */
export function presentEvent(mediaId: string, row: EventRow, { withDetails }: { withDetails: boolean }): string {
  const { xid, id, type, version, versionId, data, createdAt } = row
  const { worker: _worker, attempts: _attempts, error: _error, ...publicData } = data
  const shown = withDetails ? data : publicData
  const json = JSON.stringify({ mediaId, versionId, version, at: createdAt.toISOString(), ...shown })
  return `id: ${xid}-${id}\nevent: ${type}\ndata: ${json}\n\n`
}
