import type { Maindb } from '../maindb.ts'
import { owe } from '../outbox/outbox-rows.ts'
import { claimForErasure, type Erasable } from './erasure-rows.ts'

/** So many are claimed at once: what else is owed to medias-service comes in between. */
export const ERASURE_BATCH = 200

/**
 * Begins the erasure of some users whose time has come: from now on nobody restores them, and medias-service is owed
 * the word. When it has confirmed that their media are gone, they go (finish-erasure.ts). Any number of processes may
 * do this at once; one that is killed has begun an erasure, or has not.
 *
 * @returns whose it was, up to `ERASURE_BATCH`.
 */
export function beginErasures(maindb: Maindb, which: Erasable): Promise<string[]> {
  return maindb.transaction(async (unit) => {
    const claimed = await claimForErasure(unit, { ...which, limit: ERASURE_BATCH })
    for (const { id, epoch } of claimed) await owe(unit, 'owner-state', id, { state: 'erased', revision: epoch })
    return claimed.map(({ id }) => id)
  })
}
