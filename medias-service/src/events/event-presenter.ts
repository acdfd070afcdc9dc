import type { Scope } from '@likeness/service-kit/identity'

import type { EventRow } from './event-rows.ts'

/**
 * An event as a server-sent event. A reader who sees the media only because it is public learns what happened to it,
 * but not which workers rendered it or what failed.
 */
export function presentEvent(mediaId: string, row: EventRow, scope: Scope | 'none'): string {
  const { xid, id, type, version, versionId, data, createdAt } = row
  const { worker: _worker, attempts: _attempts, error: _error, ...publicData } = data
  const shown = scope === 'none' ? publicData : data
  const json = JSON.stringify({ mediaId, versionId, version, at: createdAt.toISOString(), ...shown })
  return `id: ${xid}-${id}\nevent: ${type}\ndata: ${json}\n\n`
}
