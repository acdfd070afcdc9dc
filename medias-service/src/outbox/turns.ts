import type { Mediasdb } from '@likeness/mediasdb'

import { claimJobsInTurn, type Lease, type OutboxRow } from './outbox-rows.ts'

/** An owner whose last job was published longer ago than this can use the express queue again. */
const RECENT_MS = 10_000

/** The turns of owners, so that each owner with waiting jobs gets the same number of them published. */
export interface Turns {
  /** Leases jobs of the next owners. After the last owner, it continues with the first owner. */
  claim(lease: Lease): Promise<OutboxRow[]>
  /** Records that jobs of these rows were published. */
  record(rows: OutboxRow[]): void
  /** The owners whose jobs were published recently. */
  recentOwners(): string[]
}

/**
 * Creates the turns of one relay, in memory. After a restart, and with several relays, an owner can get one turn more than
 * others.
 */
export function createTurns(mediasdb: Mediasdb): Turns {
  const publishedAt = new Map<string, number>()
  /** The last owner who got a turn; null before the first owner. */
  let last: string | null = null

  const claimFrom = async (after: string | null, lease: Lease): Promise<OutboxRow[]> => {
    const rows = await claimJobsInTurn(mediasdb, after, lease)
    const owners = rows.map(({ ownerId }) => ownerId).sort()
    last = owners.at(-1) ?? null
    return rows
  }

  return {
    claim: async (lease) => {
      const after = last
      const rows = await claimFrom(after, lease)
      if (after === null || rows.length === lease.limit) return rows
      return [...rows, ...(await claimFrom(null, { ...lease, limit: lease.limit - rows.length }))]
    },
    record: (rows) => {
      for (const { ownerId } of rows) {
        // Deleted first, so that the map is in the order of the times.
        publishedAt.delete(ownerId)
        publishedAt.set(ownerId, performance.now())
      }
    },
    recentOwners: () => {
      for (const [owner, time] of publishedAt) {
        if (performance.now() - time < RECENT_MS) break
        publishedAt.delete(owner)
      }
      return [...publishedAt.keys()]
    },
  }
}
