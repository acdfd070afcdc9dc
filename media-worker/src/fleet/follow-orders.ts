import { followFleet, type Mediasdb } from '@likeness/mediasdb'
import { createBell, type BackgroundTask, type Logger } from '@likeness/service-kit'
import { readOrders, type OrdersInForce } from './orders.ts'

interface FollowOrdersOptions {
  db: Mediasdb
  /** Of the same database, for its notifications. */
  databaseUrl: string
  logger: Logger
  orders: OrdersInForce
  ownSlots: number
  onChange: () => void
}

/** Follows what the fleet is told, and says in the log what has changed. */
export function followOrders(options: FollowOrdersOptions): BackgroundTask {
  const { db, databaseUrl, logger, orders, ownSlots, onChange } = options
  const bell = createBell(databaseUrl, 'fleet', logger)
  const follower = followFleet(db, {
    bell,
    onChange: (fleet) => {
      const told = readOrders(fleet, ownSlots)
      orders.replace(told)
      const { paused, slots, presets } = told
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
