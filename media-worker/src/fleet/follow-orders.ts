import { followFleet, type Mediasdb } from '@likeness/mediasdb'
import { createBell } from '@likeness/postgres'
import type { BackgroundTask, Logger } from '@likeness/service-kit/process'

import type { WorkerSize } from '../machine/worker-size.ts'
import { readOrders, type OrdersInForce } from './orders.ts'

interface FollowOrdersOptions {
  mediasdb: Mediasdb
  /** URL of the same database, for its notifications. */
  databaseUrl: string
  logger: Logger
  orders: OrdersInForce
  size: WorkerSize
  onChange: () => void
}

/** Follows the fleet's orders and logs every change. */
export function followOrders(options: FollowOrdersOptions): BackgroundTask {
  const { mediasdb, databaseUrl, logger, orders, size, onChange } = options
  const bell = createBell(databaseUrl, 'fleet', logger)
  const follower = followFleet(mediasdb, {
    bell,
    onChange: (fleet) => {
      const newOrders = readOrders(fleet, size)
      orders.replace(newOrders)
      const { paused, slots, presets } = newOrders
      if (fleet.slots !== null && slots < fleet.slots) {
        logger.warn({ event: 'worker.memory-short', slots, wanted: fleet.slots })
      }
      logger.info({ event: 'fleet.orders', paused, slots, presets: presets?.map(({ name }) => name) })
      if (!presets) logger.error({ event: 'fleet.presets-unreadable', presets: fleet.presets })
      onChange()
    },
    onError: (error) => logger.debug({ event: 'fleet.unreadable', error }),
  })
  return {
    stop: async () => {
      await Promise.all([follower.stop(), bell.stop()])
    },
  }
}
