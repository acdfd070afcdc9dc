import { defaultPresets, presetsSchema, type Preset } from '@likeness/media-jobs'
import type { Fleet } from '@likeness/mediasdb'

import type { WorkerSize } from '../machine/worker-size.ts'

/** What this worker was told last. */
export interface Orders {
  /** Null before it was told of any, and where this build cannot read what it was told. */
  presets: readonly Preset[] | null
  /** Takes no more jobs. */
  paused: boolean
  slots: number
}

/** The orders of the moment. */
export interface OrdersInForce {
  current(): Orders
  replace(orders: Orders): void
}

/** Before it was told anything a worker takes no jobs. */
export function createOrders(ownSlots: number): OrdersInForce {
  let orders: Orders = { presets: null, paused: false, slots: ownSlots }
  return {
    current: () => orders,
    replace: (told) => (orders = told),
  }
}

/** Without presets it would render the wrong thing. */
export function takesJobs({ presets, paused }: Orders): boolean {
  return presets !== null && !paused
}

/**
 * What the row of the fleet says to this worker.
 *
 * @param size its own slots, where the fleet leaves them to each, and the most that it has memory for
 */
export function readOrders({ paused, slots, presets }: Fleet, size: Pick<WorkerSize, 'slots' | 'mostSlots'>): Orders {
  return {
    paused,
    slots: Math.min(slots ?? size.slots, size.mostSlots),
    presets: presets === null ? defaultPresets : readPresets(presets),
  }
}

function readPresets(told: unknown): readonly Preset[] | null {
  return presetsSchema.safeParse(told).data ?? null
}
