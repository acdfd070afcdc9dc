import { openRetryQueues } from '@likeness/media-jobs'
import { repeat, type BackgroundTask } from '@likeness/service-kit/process'

import type { Context } from '../context.ts'

const EVERY_MS = 60_000

/** Moves messages from the heads of the retry queues that would block the retries behind them. */
export function startFreeingRetries({ broker, logger }: Context): BackgroundTask {
  const queues = openRetryQueues(broker)
  const task = repeat({
    async work(stopping) {
      const moved = await queues.free(stopping)
      if (moved > 0) logger.warn({ event: 'retries.freed', moved })
    },
    everyMs: EVERY_MS,
    onError: (error) => logger.warn({ event: 'retries.not-freed', error }),
  })
  return {
    async stop() {
      await task.stop()
      await queues.close()
    },
  }
}
