import type { Maindb } from '../maindb.ts'
import { enqueue } from '../outbox/outbox-rows.ts'
import { claimForErasure, type Erasable } from './erasure-rows.ts'

/** Maximum number of users per batch, so that other deliveries to medias-service run between the batches. */
export const ERASURE_BATCH = 200

/**
 * Begins the erasure of users who were deleted long enough ago. They can no longer be restored, and a delivery to
 * medias-service is enqueued. After medias-service has confirmed that their media are erased, `finishErasure` deletes
 * their rows. Any number of processes can run this concurrently, and they can be killed at any moment.
 *
 * @returns the ids of these users, at most `ERASURE_BATCH`
 */
export function beginErasures(maindb: Maindb, which: Erasable): Promise<string[]> {
  return maindb.transaction(async (unit) => {
    const claimed = await claimForErasure(unit, { ...which, limit: ERASURE_BATCH })
    for (const { id, epoch } of claimed) await enqueue(unit, 'owner-state', id, { state: 'erased', revision: epoch })
    return claimed.map(({ id }) => id)
  })
}
