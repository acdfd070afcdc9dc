import { followFleet, type Mediasdb } from '@likeness/mediasdb'
import { createListener } from '@likeness/postgres'
import type { BackgroundTask, Logger } from '@likeness/service-kit/process'

import type { WorkerSize } from '../machine/worker-size.ts'
import { readFleetSettings, type CurrentFleetSettings } from './fleet-settings.ts'

interface FollowFleetSettingsOptions {
  mediasdb: Mediasdb
  /** URL of the same database, for its notifications. */
  databaseUrl: string
  logger: Logger
  fleetSettings: CurrentFleetSettings
  size: WorkerSize
  onChange: () => void
}

/** Follows the fleet settings and logs every change. */
export function followFleetSettings(options: FollowFleetSettingsOptions): BackgroundTask {
  const { mediasdb, databaseUrl, logger, fleetSettings, size, onChange } = options
  const listener = createListener(databaseUrl, 'fleet', logger)
  const follower = followFleet(mediasdb, {
    listener,
    onChange: (fleet) => {
      const newSettings = readFleetSettings(fleet, size)
      fleetSettings.replace(newSettings)
      const { paused, slots, presets } = newSettings
      if (fleet.slots !== null && slots < fleet.slots) {
        logger.warn({ event: 'worker.memory-short', slots, wanted: fleet.slots })
      }
      logger.info({ event: 'fleet.settings-applied', paused, slots, presets: presets?.map(({ name }) => name) })
      if (!presets) logger.error({ event: 'fleet.presets-unreadable', presets: fleet.presets })
      onChange()
    },
    onError: (error) => logger.debug({ event: 'fleet.unreadable', error }),
  })
  return {
    stop: async () => {
      await Promise.all([follower.stop(), listener.stop()])
    },
  }
}
