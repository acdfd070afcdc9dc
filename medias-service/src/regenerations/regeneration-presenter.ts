import type { RegenerationFailure, RegenerationRow } from './regeneration-rows.ts'
import type { RegenerationAnswer, RegenerationDetails } from './regeneration-schema.ts'

/** The representation of a regeneration. An enqueued job that is neither in flight nor failed is done. */
export function presentRegeneration(row: RegenerationRow): RegenerationAnswer {
  const { id, status, what, filter, fed: enqueued, failed } = row
  const total = Math.max(row.total, enqueued)
  const done = enqueued - row.inFlight - failed
  return {
    id,
    status,
    only: what,
    filter,
    total,
    done,
    failed,
    rate: row.rate === null ? null : Math.round(row.rate * 100) / 100,
    // The remaining time is unknown while versions are counted.
    secondsLeft: row.rate && row.isCounted ? Math.ceil((total - done - failed) / row.rate) : null,
    createdAt: row.createdAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
  }
}

/** The representation with the first failures. */
export function presentWhole(row: RegenerationRow, failures: RegenerationFailure[]): RegenerationDetails {
  return { ...presentRegeneration(row), failures }
}
