import { consumeJobs, routingKeys } from '@likeness/media-jobs'
import {
  createHealthApp,
  listen,
  stopListening,
  type Listening,
  type Logger,
  type StopPhase,
} from '@likeness/service-kit'
import { createContext, type WorkerContext } from './context.ts'
import type { Environment } from './env.ts'
import { handleJob } from './handle-job.ts'
import { slotsFor } from './render/slots.ts'

/** Further ports that are tried when several workers share a machine. */
const PORTS_TRIED = 50

/** How long jobs in hand may take to finish once the worker is to stop. */
const FINISH_MS = 15_000

/** Starts the worker: health and metrics first, then a consumer for each queue. Says how it is to be stopped. */
export async function startWorker(environment: Environment, logger: Logger): Promise<StopPhase[]> {
  const context = createContext(environment, logger)
  const { name, broker, registry, checks } = context
  const app = createHealthApp({ logger, checks, metrics: registry })
  const listening = await listenNear(environment, logger, (port) => listen(app, { host: environment.HOST, port }))
  const consumers = routingKeys.map((routingKey) =>
    consumeJobs(broker, {
      routingKey,
      worker: name,
      prefetch: () => slotsFor(routingKey, environment.WORKER_SLOTS),
      handle: (inHand) => handleJob(context, inHand),
    }),
  )
  return [
    {
      name: 'finish jobs in hand',
      limitMs: FINISH_MS + 5_000,
      run: () => Promise.all(consumers.map((consumer) => consumer.stop(FINISH_MS))),
    },
    ...stopListening(listening),
    { name: 'close', limitMs: 5_000, run: () => close(context) },
  ]
}

async function close({ pool, broker, locks, db }: WorkerContext): Promise<void> {
  await Promise.allSettled([pool.close(), broker.close(), locks.close()])
  await db.close()
}

async function listenNear(
  { WORKER_PORT: first }: Environment,
  logger: Logger,
  listenOn: (port: number) => Promise<Listening>,
): Promise<Listening> {
  for (let port = first; ; port++) {
    try {
      const listening = await listenOn(port)
      logger.info({ event: 'worker.listening', port: listening.port })
      return listening
    } catch (error) {
      if (!isTaken(error) || port >= first + PORTS_TRIED) throw error
      logger.info({ event: 'worker.port-taken', port })
    }
  }
}

function isTaken(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'EADDRINUSE'
}
