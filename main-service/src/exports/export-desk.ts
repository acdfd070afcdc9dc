import { createCounter, type Metrics } from '@likeness/service-kit/process'

import { mainProblems } from '../problems.ts'

/** Each holds a connection to medias-service and one to its client for as long as that one takes. */
const AT_ONCE = 4
/** One caller never has all of them. */
const AT_ONCE_FOR_ONE = 2
const RETRY_AFTER_SECONDS = 30

/** How an export ended: the client has it, went away, or was cut because something failed. */
export type ExportEnd = 'whole' | 'left' | 'failed'

/** Lets in a few exports at a time, and counts how they end. */
export interface ExportDesk {
  /**
   * Takes a place.
   *
   * @returns what gives it back
   * @throws {Problem} 429 `too-many-exports`.
   */
  takePlace(callerId: string): () => void
  count(end: ExportEnd): void
}

export function createExportDesk(metrics: Metrics): ExportDesk {
  const count = createCounter(metrics, {
    name: 'user_exports_total',
    help: 'Exports that were begun, by how they ended.',
    labels: ['end'],
  })
  const inHand: string[] = []
  return {
    takePlace(callerId) {
      const own = inHand.filter((id) => id === callerId).length
      if (inHand.length >= AT_ONCE || own >= AT_ONCE_FOR_ONE) throw mainProblems.tooManyExports(RETRY_AFTER_SECONDS)
      inHand.push(callerId)
      return () => void inHand.splice(inHand.indexOf(callerId), 1)
    },
    count: (end) => count({ end }),
  }
}
