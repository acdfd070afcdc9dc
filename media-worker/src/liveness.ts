import type { Broker, Consumer } from '@likeness/media-jobs'
import type { LivenessCheck } from '@likeness/service-kit/health'

import { takesJobs, type OrdersInForce } from './fleet/orders.ts'

/** A consumer is opened again after a second; a queue that has no leader keeps it waiting for half a minute. */
const WITHOUT_CONSUMER_MS = 120_000

/**
 * Sees when jobs should come and cannot. While the worker is paused, has no presets, or the broker is away, nothing is
 * wrong here that a restart would mend.
 *
 * @param now milliseconds of a clock that never goes back
 */
export function watchConsumers(
  { broker, orders }: { broker: Pick<Broker, 'isConnected'>; orders: OrdersInForce },
  consumers: Pick<Consumer, 'isConsuming'>[],
  now: () => number = () => performance.now(),
): LivenessCheck {
  let missingSince: number | null = null
  return {
    name: 'consumers',
    stuck: () => {
      const should = takesJobs(orders.current()) && broker.isConnected()
      if (!should || consumers.every((consumer) => consumer.isConsuming())) missingSince = null
      else missingSince ??= now()
      if (missingSince === null || now() - missingSince < WITHOUT_CONSUMER_MS) return null
      return `No consumer for ${Math.round((now() - missingSince) / 1_000)} s, although the broker is there`
    },
  }
}
