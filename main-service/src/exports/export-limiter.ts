import { createCounter, type Metrics } from '@likeness/service-kit/process'

import { mainProblems } from '../problems.ts'

/**
 * An export uses a connection to medias-service and a connection to the client until the client has read everything.
 */
const MAX_RUNNING = 4
/** Lower, so that one caller cannot take all slots. */
const MAX_RUNNING_PER_CALLER = 2
const RETRY_AFTER_SECONDS = 30

/** How an export ended: complete, the client disconnected, or the connection was closed after a failure. */
export type ExportEnd = 'complete' | 'disconnected' | 'failed'

/** Limits the number of concurrent exports, and counts how they end. */
export interface ExportLimiter {
  /**
   * Acquires a slot.
   *
   * @returns a function that releases it
   * @throws {Problem} 429 `too-many-exports`.
   */
  acquireSlot(callerId: string): () => void
  count(end: ExportEnd): void
}

export function createExportLimiter(metrics: Metrics): ExportLimiter {
  const count = createCounter(metrics, {
    name: 'likeness_user_exports_total',
    help: 'Exports of users, by outcome: complete, disconnected or failed.',
    labels: ['outcome'],
  })
  const running: string[] = []
  return {
    acquireSlot(callerId) {
      const own = running.filter((id) => id === callerId).length
      if (running.length >= MAX_RUNNING || own >= MAX_RUNNING_PER_CALLER)
        throw mainProblems.tooManyExports(RETRY_AFTER_SECONDS)
      running.push(callerId)
      return () => void running.splice(running.indexOf(callerId), 1)
    },
    count: (outcome) => count({ outcome }),
  }
}
