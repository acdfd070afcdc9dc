import type { Maindb } from '../maindb.ts'
import { enqueue } from '../outbox/outbox-rows.ts'
import { claimForErasure, type Erasable } from './erasure-rows.ts'

/** Users per batch. Limited so that other deliveries to medias-service run between the batches. */
export const ERASURE_BATCH = 200

/**
 * Begins the erasure of users who were deleted long enough ago: they can no longer be restored, and a delivery to
 * medias-service is enqueued. When medias-service has confirmed that their media are erased, finish-erasure.ts deletes
 * their rows. Any number of processes may run this at once, and it is safe to kill them.
 *
 * @returns the ids of these users, at most `ERASURE_BATCH`.
 */
export function beginErasures(maindb: Maindb, which: Erasable): Promise<string[]> {
  return maindb.transaction(async (unit) => {
    const claimed = await claimForErasure(unit, { ...which, limit: ERASURE_BATCH })
    for (const { id, epoch } of claimed) await enqueue(unit, 'owner-state', id, { state: 'erased', revision: epoch })
    return claimed.map(({ id }) => id)
  })
}
