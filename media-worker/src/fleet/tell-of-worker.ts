import type { Mediasdb } from '@likeness/mediasdb'
import type { BackgroundTask, Logger } from '@likeness/service-kit/process'

import { writeWorker, type WorkerState } from './worker-rows.ts'

const EVERY_MS = 5_000

export interface WorkerTeller extends BackgroundTask {
  /** Tells now, what has changed should not wait. */
  tell(): void
}

/** Tells operators of this worker every 5 s, until it stops. No work depends on it. */
export function tellOfWorker(options: {
  mediasdb: Mediasdb
  logger: Logger
  name: string
  state: () => Promise<WorkerState>
}): WorkerTeller {
  const { mediasdb, logger, name, state } = options
  let telling: Promise<void> | null = null

  async function write(): Promise<void> {
    try {
      await writeWorker(mediasdb, name, await state())
    } catch (error) {
      logger.debug({ event: 'worker.not-told', error })
    } finally {
      telling = null
    }
  }
  const tell = (): void => {
    telling ??= write()
  }
  const timer = setInterval(tell, EVERY_MS)

  return {
    tell,
    stop: async () => {
      clearInterval(timer)
      await telling
      await mediasdb.Worker.destroy({ where: { name } })
    },
  }
}
