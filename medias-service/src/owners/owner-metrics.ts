import type { OwnerState } from '@likeness/mediasdb'
import type { Metrics } from '@likeness/service-kit/process'
import { Counter } from 'prom-client'

export interface OwnerMetrics {
  /** Counts media that were trashed, restored or deleted because of their owner's state. */
  countMoved(state: OwnerState, media: number): void
}

const moves = { deleted: 'trashed', active: 'restored', erased: 'deleted' } as const

export function createOwnerMetrics(registry: Metrics): OwnerMetrics {
  const moved = new Counter({
    name: 'likeness_owner_media_total',
    help: 'Media that were trashed, restored or permanently deleted together with their owner.',
    labelNames: ['move'],
    registers: [registry],
  })
  for (const move of Object.values(moves)) moved.inc({ move }, 0)
  return { countMoved: (state, media) => moved.inc({ move: moves[state] }, media) }
}
