import { presetsSchema } from '@likeness/media-jobs'
import { followFleet, type Fleet } from '@likeness/mediasdb'
import { createListener } from '@likeness/postgres'
import { EnvironmentError, repeat, type BackgroundTask } from '@likeness/service-kit/process'

import type { Context } from '../context.ts'
import { writeFleetPresets } from './fleet-preset-rows.ts'
import { readPresetsFile } from './presets-file.ts'

/** Interval at which the file is read. Comparing its content detects both a replaced file and a changed one. */
const POLL_EVERY_MS = 500

/**
 * Publishes the presets file to the fleet, at startup and after every change, and uses the fleet's presets in this
 * service. With several services, the file that changed last takes effect. An invalid file changes nothing.
 */
export function startPresets(context: Context): BackgroundTask {
  const { environment, logger, mediasdb } = context
  const publishing = publishPresets(context)
  const listener = createListener(environment.MEDIASDB_URL, 'fleet', logger)
  const follower = followFleet(mediasdb, {
    listener,
    onChange: (fleet) => applyPresets(context, fleet),
    onError: (error) => logger.debug({ event: 'fleet.unreadable', error }),
  })
  return {
    async stop() {
      await Promise.all([publishing.stop(), follower.stop(), listener.stop()])
    },
  }
}

function publishPresets({ environment, logger, mediasdb }: Context): BackgroundTask {
  const file = environment.PRESETS_FILE
  let published = ''
  let logged = ''

  async function publish(): Promise<void> {
    const presets = readPresetsFile(file)
    const content = JSON.stringify(presets)
    if (content !== published && (await writeFleetPresets(mediasdb, presets))) {
      logger.info({ event: 'presets.changed', file, presets: presets.map(({ name }) => name) })
    }
    published = content
    logged = ''
  }

  /** Logs each error once, not at every attempt. */
  function logError(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error)
    if (message === logged) return
    logged = message
    if (error instanceof EnvironmentError) logger.error({ event: 'presets.refused', file, faults: error.faults })
    else logger.warn({ event: 'presets.not-published', file, error })
  }

  return repeat({ work: publish, everyMs: POLL_EVERY_MS, onError: logError })
}

/** Uses the fleet's presets. If another build wrote presets that this build cannot read, the previous ones stay in use. */
function applyPresets({ presets, logger }: Context, fleet: Fleet): void {
  if (fleet.presets === null) return
  const parsed = presetsSchema.safeParse(fleet.presets)
  if (parsed.success) presets.replace(parsed.data)
  else logger.warn({ event: 'presets.of-another-build', error: parsed.error })
}
