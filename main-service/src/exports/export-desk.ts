import { createCounter, type Metrics } from '@likeness/service-kit/process'

import { mainProblems } from '../problems.ts'

/** An export occupies a connection to medias-service and one to its client until the client has read everything. */
const AT_ONCE = 4
/** So that one caller cannot take all slots. */
const AT_ONCE_FOR_ONE = 2
const RETRY_AFTER_SECONDS = 30

/** How an export ended: complete, client disconnected, or connection closed after a failure. */
export type ExportEnd = 'whole' | 'left' | 'failed'

/** Limits the exports that run at the same time, and counts how they end. */
export interface ExportDesk {
  /**
   * Takes a slot.
   *
   * @returns a function that releases it
   * @throws {Problem} 429 `too-many-exports`.
   */
  takeSlot(callerId: string): () => void
  count(end: ExportEnd): void
}

export function createExportDesk(metrics: Metrics): ExportDesk {
  const count = createCounter(metrics, {
    name: 'user_exports_total',
    help: 'Exports by how they ended.',
    labels: ['end'],
  })
  const running: string[] = []
  return {
    takeSlot(callerId) {
      const own = running.filter((id) => id === callerId).length
      if (running.length >= AT_ONCE || own >= AT_ONCE_FOR_ONE) throw mainProblems.tooManyExports(RETRY_AFTER_SECONDS)
      running.push(callerId)
      return () => void running.splice(running.indexOf(callerId), 1)
    },
    count: (end) => count({ end }),
  }
}
