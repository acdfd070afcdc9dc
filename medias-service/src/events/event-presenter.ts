import type { Scope } from '@likeness/service-kit/identity'

import type { EventRow } from './event-rows.ts'

/**
 * An event as a server-sent event. A reader without permission, who sees the media because it is public, does not see
 * the workers, the attempts and the errors of retries.
 */
export function presentEvent(mediaId: string, row: EventRow, scope: Scope | 'none'): string {
  const { xid, id, type, version, versionId, data, createdAt } = row
  const { worker: _worker, attempts: _attempts, error: _error, ...publicData } = data
  const shown = scope === 'none' ? publicData : data
  const json = JSON.stringify({ mediaId, versionId, version, at: createdAt.toISOString(), ...shown })
  return `id: ${xid}-${id}\nevent: ${type}\ndata: ${json}\n\n`
}
