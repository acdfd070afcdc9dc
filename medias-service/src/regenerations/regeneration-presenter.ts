import type { RegenerationFailure, RegenerationRow } from './regeneration-rows.ts'
import type { RegenerationAnswer, WholeRegenerationAnswer } from './regeneration-schema.ts'

/** The representation of a regeneration. A fed job that is neither in flight nor failed is done. */
export function presentRegeneration(row: RegenerationRow): RegenerationAnswer {
  const { id, status, what, filter, fed, failed } = row
  const total = Math.max(row.total, fed)
  const done = fed - row.inFlight - failed
  return {
    id,
    status,
    only: what,
    filter,
    total,
    done,
    failed,
    rate: row.rate === null ? null : Math.round(row.rate * 100) / 100,
    // Unknown while versions are still counted.
    secondsLeft: row.rate && row.isCounted ? Math.ceil((total - done - failed) / row.rate) : null,
    createdAt: row.createdAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
  }
}

/** The same, with the first failures. */
export function presentWhole(row: RegenerationRow, failures: RegenerationFailure[]): WholeRegenerationAnswer {
  return { ...presentRegeneration(row), failures }
}
