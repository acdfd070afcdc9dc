import { defaultPresets, presetsSchema, type Preset } from '@likeness/media-jobs'
import type { Fleet } from '@likeness/mediasdb'

import type { WorkerSize } from '../machine/worker-size.ts'

/** The fleet's orders to this worker. */
export interface Orders {
  /** Null before the worker has read the orders, and when this build cannot read the presets. */
  presets: readonly Preset[] | null
  /** Whether the worker takes no more jobs. */
  paused: boolean
  slots: number
}

/** The current orders. */
export interface OrdersInForce {
  current(): Orders
  replace(orders: Orders): void
}

/** The orders before the fleet's row is read: the worker takes no jobs. */
export function createOrders(ownSlots: number): OrdersInForce {
  let orders: Orders = { presets: null, paused: false, slots: ownSlots }
  return {
    current: () => orders,
    replace: (newOrders) => (orders = newOrders),
  }
}

/** Without presets the worker does not know which sizes to render. */
export function takesJobs({ presets, paused }: Orders): boolean {
  return presets !== null && !paused
}

/**
 * Reads this worker's orders from the fleet's row.
 *
 * @param size the worker's own number of slots, which applies if the fleet sets none, and the maximum for its memory
 */
export function readOrders({ paused, slots, presets }: Fleet, size: Pick<WorkerSize, 'slots' | 'mostSlots'>): Orders {
  return {
    paused,
    slots: Math.min(slots ?? size.slots, size.mostSlots),
    presets: presets === null ? defaultPresets : readPresets(presets),
  }
}

function readPresets(value: unknown): readonly Preset[] | null {
  return presetsSchema.safeParse(value).data ?? null
}
