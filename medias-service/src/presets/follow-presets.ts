import { presetsSchema } from '@likeness/media-jobs'
import { followFleet } from '@likeness/mediasdb'
import { createBell, type BackgroundTask } from '@likeness/service-kit'

import type { Context } from '../context.ts'
import { writeFleetPresets } from './fleet-preset-rows.ts'
import { readPresetsFile, watchPresetsFile } from './presets-file.ts'

const RETRY_MS = 1_000

/**
 * Tells the fleet what the file of presets says, at the start and whenever it changes, and holds to what the fleet was
 * told: of several services, the one that read its file last. A file that cannot be used changes nothing.
 */
export function startPresets(context: Context): BackgroundTask {
  const { environment, logger, mediasdb, presets } = context
  const file = environment.PRESETS_FILE
  let retry: NodeJS.Timeout | undefined
  let stopped = false

  async function publish(): Promise<void> {
    clearTimeout(retry)
    try {
      const read = readPresetsFile(file)
      if (await writeFleetPresets(mediasdb, read)) logger.info({ event: 'presets.changed', file, presets: read.length })
    } catch (error) {
      logger.warn({ event: 'presets.not-published', file, error })
      if (!stopped) retry = setTimeout(() => void publish(), RETRY_MS)
    }
  }

  const unwatch = watchPresetsFile(file, () => void publish())
  const published = publish()
  const bell = createBell(environment.MEDIASDB_URL, 'fleet', logger)
  const follower = followFleet(mediasdb, {
    bell,
    onChange: (fleet) => {
      if (fleet.presets === null) return
      const parsed = presetsSchema.safeParse(fleet.presets)
      if (parsed.success) presets.replace(parsed.data)
      else logger.warn({ event: 'presets.of-another-build', error: parsed.error })
    },
    onError: (error) => logger.debug({ event: 'fleet.unreadable', error }),
  })

  return {
    async stop() {
      stopped = true
      unwatch()
      clearTimeout(retry)
      await published
      await Promise.all([follower.stop(), bell.stop()])
    },
  }
}
