import { presetsSchema } from '@likeness/media-jobs'
import { followFleet, type Fleet } from '@likeness/mediasdb'
import { createBell } from '@likeness/postgres'
import { EnvironmentError, repeat, type BackgroundTask } from '@likeness/service-kit/process'

import type { Context } from '../context.ts'
import { writeFleetPresets } from './fleet-preset-rows.ts'
import { readPresetsFile } from './presets-file.ts'

/** How often the file is looked at for a change: by what it says, so that it may be replaced as well as written to. */
const LOOK_EVERY_MS = 500

/**
 * Tells the fleet what the file of presets says, at the start and whenever it says something else, and holds to what the
 * fleet was told: of several services, the one whose file changed last. A file that cannot be used changes nothing.
 */
export function startPresets(context: Context): BackgroundTask {
  const { environment, logger, mediasdb } = context
  const publishing = publishPresets(context)
  const bell = createBell(environment.MEDIASDB_URL, 'fleet', logger)
  const follower = followFleet(mediasdb, {
    bell,
    onChange: (fleet) => takePresets(context, fleet),
    onError: (error) => logger.debug({ event: 'fleet.unreadable', error }),
  })
  return {
    async stop() {
      await Promise.all([publishing.stop(), follower.stop(), bell.stop()])
    },
  }
}

function publishPresets({ environment, logger, mediasdb }: Context): BackgroundTask {
  const file = environment.PRESETS_FILE
  let published = ''
  let told = ''

  async function publish(): Promise<void> {
    const presets = readPresetsFile(file)
    const said = JSON.stringify(presets)
    if (said !== published && (await writeFleetPresets(mediasdb, presets))) {
      logger.info({ event: 'presets.changed', file, presets: presets.map(({ name }) => name) })
    }
    published = said
    told = ''
  }

  function tell(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error)
    // Once for each fault, however long it lasts.
    if (message === told) return
    told = message
    if (error instanceof EnvironmentError) logger.error({ event: 'presets.refused', file, faults: error.faults })
    else logger.warn({ event: 'presets.not-published', file, error })
  }

  return repeat({ work: publish, everyMs: LOOK_EVERY_MS, onError: tell })
}

/** What another build wrote may be more than this one can read: then what held goes on to hold. */
function takePresets({ presets, logger }: Context, fleet: Fleet): void {
  if (fleet.presets === null) return
  const parsed = presetsSchema.safeParse(fleet.presets)
  if (parsed.success) presets.replace(parsed.data)
  else logger.warn({ event: 'presets.of-another-build', error: parsed.error })
}
