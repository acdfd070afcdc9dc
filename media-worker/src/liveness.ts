import type { Broker, Consumer } from '@likeness/media-jobs'
import type { LivenessCheck } from '@likeness/service-kit/health'

import { acceptsJobs, type CurrentFleetSettings } from './fleet/fleet-settings.ts'

/** Longer than a restart of a consumer takes: a second, or 30 s if its queue has no leader. */
const WITHOUT_CONSUMER_MS = 120_000

/**
 * Detects that a consumer is missing although jobs should arrive. It reports nothing while the worker is paused or has no
 * presets, or while the broker is unavailable: a restart would not help.
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
      return `A consumer has been missing for ${Math.round((now() - missingSince) / 1_000)} s, although the broker is connected`
    },
  }
}
