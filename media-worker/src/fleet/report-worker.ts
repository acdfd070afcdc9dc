import { EventEmitter, once } from 'node:events'

import type { Mediasdb } from '@likeness/mediasdb'
import { repeat, timeLimit, type BackgroundTask, type Logger } from '@likeness/service-kit/process'

import { writeWorker, type WorkerState } from './worker-rows.ts'

const EVERY_MS = 5_000

export interface WorkerReporter extends BackgroundTask {
  /** Reports now, because something changed. */
  report(): void
}

/** Writes the worker's row every 5 s, for operators, and deletes it on stop. No work depends on the row. */
export function reportWorker(options: {
  mediasdb: Mediasdb
  logger: Logger
  name: string
  state: () => Promise<WorkerState>
}): WorkerReporter {
  const { mediasdb, logger, name, state } = options
  const changes = new EventEmitter()
  let isDue = false

  const reporting = repeat({
    async work() {
      isDue = false
      await writeWorker(mediasdb, name, await state())
    },
    everyMs: EVERY_MS,
    listener: {
      async wait(limitMs, stopping) {
        // A change during the last report needs another report.
        if (!isDue) await once(changes, 'change', { signal: timeLimit(limitMs, stopping) }).catch(() => undefined)
      },
    },
    onError: (error) => logger.debug({ event: 'worker.not-reported', error }),
  })

  return {
    report() {
      isDue = true
      changes.emit('change')
    },
    async stop() {
      await reporting.stop()
      await mediasdb.Worker.destroy({ where: { name } })
    },
  }
}
