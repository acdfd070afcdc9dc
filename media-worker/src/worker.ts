import { consumeJobs, priorities, routingKeys, type JobConsumer } from '@likeness/media-jobs'
import { createHealthApp } from '@likeness/service-kit/health'
import {
  listen,
  PortInUseError,
  stopListening,
  type Listening,
  type Logger,
  type StopPhase,
} from '@likeness/service-kit/process'

import { createContext, type Context, type Overrides } from './context.ts'
import type { Environment } from './env.ts'
import { acceptsJobs } from './fleet/fleet-settings.ts'
import { followFleetSettings } from './fleet/follow-fleet-settings.ts'
import { reportWorker } from './fleet/report-worker.ts'
import { workerState } from './fleet/worker-state.ts'
import { handleJob } from './job/handle-job.ts'
import { reportRetry } from './job/report-retry.ts'
import { watchConsumers } from './liveness.ts'
import { processesFor, slotsFor } from './render/slots.ts'

/** Number of further ports to try, because several workers can run on one machine. */
const PORTS_TRIED = 50

/** Time for in-flight jobs to finish on shutdown. */
const FINISH_MS = 30_000

/**
 * Starts the worker: the server for health checks and metrics, and a consumer for each queue. The consumers accept no job
 * before the worker has read the fleet settings.
 *
 * @returns the phases of its shutdown
 */
export async function startWorker(
  environment: Environment,
  logger: Logger,
  overrides: Overrides = {},
): Promise<StopPhase[]> {
  const context = await createContext(environment, logger, overrides)
  const { name, broker, checks, mediasdb, jobsInFlight, metrics, fleetSettings, size } = context
  const consumers = routingKeys.map((routingKey) =>
    consumeJobs(broker, {
      routingKey,
      worker: name,
      prefetch: () => (acceptsJobs(fleetSettings.current()) ? slotsFor(routingKey, fleetSettings.current().slots) : 0),
      handle: (delivery) => handleJob(context, delivery),
      onRetry: (retry) => reportRetry(context, retry),
    }),
  )
  const liveness = [jobsInFlight, watchConsumers(context, consumers)]
  const app = createHealthApp({ logger, checks, metrics, metricsToken: environment.METRICS_TOKEN, liveness })
  const listening = await listenNear(environment, logger, (port) =>
    listen(app, { host: environment.HOST, port, portVariable: 'WORKER_PORT', logger, problemType: 'about:blank' }),
  )
  const reporter = reportWorker({ mediasdb, logger, name, state: () => workerState(context) })
  const follower = followFleetSettings({
    mediasdb,
    databaseUrl: environment.MEDIASDB_URL,
    logger,
    fleetSettings,
    size,
    onChange: () => {
      applySettings(context, consumers)
      reporter.report()
    },
  })
  return [
    { name: 'finish in-flight jobs', limitMs: FINISH_MS + 5_000, run: () => finish(consumers, logger) },
    { name: 'leave the fleet', limitMs: 2_000, run: () => Promise.all([follower.stop(), reporter.stop()]) },
    ...stopListening(listening, { DRAIN_SECONDS: 2 }),
    { name: 'close', limitMs: 5_000, run: () => context.close() },
  ]
}

/** Applies the current fleet settings. Jobs that have begun are not affected. */
function applySettings({ fleetSettings, size, slots, pools }: Context, consumers: JobConsumer[]): void {
  const { slots: total } = fleetSettings.current()
  slots.resize(total)
  for (const priority of priorities) pools[priority].resize(processesFor(priority, total), size.processBytes(total))
  for (const consumer of consumers) consumer.adjust()
}

/** Waits for in-flight jobs. A second signal ends the wait, and the jobs are requeued. */
async function finish(consumers: JobConsumer[], logger: Logger): Promise<void> {
  const endWait = new AbortController()
  const onSignal = (signal: NodeJS.Signals): void => {
    logger.info({ event: 'worker.hurries', signal })
    endWait.abort()
  }
  const signals = ['SIGTERM', 'SIGINT'] as const
  for (const signal of signals) process.once(signal, onSignal)
  await Promise.all(consumers.map((consumer) => consumer.stop(FINISH_MS, endWait.signal)))
  for (const signal of signals) process.off(signal, onSignal)
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
      if (!(error instanceof PortInUseError) || port >= first + PORTS_TRIED) throw error
      logger.info({ event: 'worker.port-taken', port })
    }
  }
}
