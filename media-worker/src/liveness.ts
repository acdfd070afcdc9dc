import type { Broker, Consumer } from '@likeness/media-jobs'
import type { LivenessCheck } from '@likeness/service-kit/health'

import { acceptsJobs, type CurrentFleetSettings } from './fleet/fleet-settings.ts'

/** A lost consumer is reopened after a second, or after 30 s if its queue has no leader. */
const WITHOUT_CONSUMER_MS = 120_000

/**
 * Detects that a consumer is missing although jobs should arrive. While the worker is paused or has no presets, or the
 * broker is unavailable, a restart would not help.
 *
 * @param now milliseconds of a monotonic clock
 */
export function watchConsumers(
  { broker, fleetSettings }: { broker: Pick<Broker, 'isConnected'>; fleetSettings: CurrentFleetSettings },
  consumers: Pick<Consumer, 'isConsuming'>[],
  now: () => number = () => performance.now(),
): LivenessCheck {
  let missingSince: number | null = null
  return {
    name: 'consumers',
    stuck: () => {
      const should = acceptsJobs(fleetSettings.current()) && broker.isConnected()
      if (!should || consumers.every((consumer) => consumer.isConsuming())) missingSince = null
      else missingSince ??= now()
      if (missingSince === null || now() - missingSince < WITHOUT_CONSUMER_MS) return null
      return `No consumer for ${Math.round((now() - missingSince) / 1_000)} s, although the broker is connected`
    },
  }
}
