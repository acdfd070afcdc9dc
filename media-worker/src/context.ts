import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'

import { openDiskStore, type FileStore } from '@likeness/media-files'
import { connectBroker, type Broker, type Priority } from '@likeness/media-jobs'
import { openMediasdb, type Mediasdb } from '@likeness/mediasdb'
import type { HealthCheck } from '@likeness/service-kit/health'
import {
  createMetrics,
  FONTS_ADVICE,
  hasFonts,
  watchDependency,
  type Logger,
  type Metrics,
} from '@likeness/service-kit/process'

import type { Environment } from './env.ts'
import { createFleetSettings, type CurrentFleetSettings } from './fleet/fleet-settings.ts'
import { sourcesFolder } from './job/source-file.ts'
import { readAvailableResources } from './machine/available-resources.ts'
import { fitsMemory, sizeWorker, type WorkerSize } from './machine/worker-size.ts'
import type { PictureLimits } from './picture/source-header.ts'
import { openRenderLocks, type RenderLocks } from './render/render-locks.ts'
import { createRenderPool, type RenderPool } from './render/render-pool.ts'
import { createSlots, processesFor, type Slots } from './render/slots.ts'
import { openSandbox, SANDBOX_ADVICE, type Sandbox } from './sandbox/sandbox.ts'
import { followJobs, type JobsInFlight } from './stages.ts'
import { createWorkerMetrics, registerGauges, type WorkerMetrics } from './worker-metrics.ts'

/** Statements take milliseconds, so jobs, health checks and the fleet tasks can share a few connections. */
const CONNECTIONS = 4

/**
 * An idle process ends after 30 s and frees its 55 MB. The next picture then waits less than 0.3 s for a new process
 * (bench/README.md).
 */
const INTERACTIVE = { idleMs: 30_000 }

/** Uploads have priority: bulk jobs get as little as a tenth of a core (priority.ts). */
const BULK = { niceness: 10, idleMs: 30_000 }

/**
 * A render process that needs this many times its limit of CPU time hangs, or the machine is suspended. A bulk job gets a
 * tenth of a core, so its duration can be ten times as long.
 */
const DURATION_FACTOR = { interactive: 3, bulk: 30 }

/** The parts of the worker. They are created once, at the start. */
export interface Context {
  /** The name of this process, shown to operators. */
  name: string
  startedAt: Date
  environment: Environment
  logger: Logger
  metrics: Metrics
  /** The worker's own metrics. */
  workerMetrics: WorkerMetrics
  mediasdb: Mediasdb
  store: FileStore
  broker: Broker
  locks: RenderLocks
  size: WorkerSize
  fleetSettings: CurrentFleetSettings
  slots: Slots
  /** Where the render processes run. */
  sandbox: Sandbox
  /** One pool for each priority, so that the render processes of bulk jobs can have a lower priority of the system. */
  pools: Record<Priority, RenderPool>
  jobsInFlight: JobsInFlight
  limits: PictureLimits
  /** Limit of the CPU time of an SVG, in milliseconds; other pictures have the pool's limit. */
  drawingCpuMs: number
  checks: HealthCheck[]
  /** Ends the render processes and closes every connection. */
  close(): Promise<void>
}

/** Parts that tests replace. */
export type Overrides = Partial<
  Pick<
    Context,
    | 'metrics'
    | 'workerMetrics'
    | 'mediasdb'
    | 'store'
    | 'broker'
    | 'locks'
    | 'fleetSettings'
    | 'slots'
    | 'sandbox'
    | 'pools'
    | 'jobsInFlight'
  >
>

/** Creates the context. It does not wait for the database or the broker. */
export async function createContext(
  environment: Environment,
  logger: Logger,
  overrides: Overrides = {},
): Promise<Context> {
  const name = makeName()
  const { MEDIASDB_URL: url } = environment
  const size = readSize(environment, logger)
  const metrics = overrides.metrics ?? createMetrics('media-worker')
  const workerMetrics = overrides.workerMetrics ?? createWorkerMetrics(metrics)
  const mediasdb =
    overrides.mediasdb ??
    openMediasdb(url, {
      applicationName: `media-worker ${name}`,
      poolSize: CONNECTIONS,
      role: 'media_worker',
      watch: watchDependency({ name: 'mediasdb', variable: 'MEDIASDB_URL', logger }),
    })
  const store = overrides.store ?? openDiskStore(environment.MEDIA_STORE_DIR)
  const broker =
    overrides.broker ??
    connectBroker({
      url: environment.AMQP_URL,
      topology: environment.AMQP_TOPOLOGY,
      name: `media-worker ${name}`,
      logger,
    })
  const locks = overrides.locks ?? openRenderLocks(url, { applicationName: `media-worker ${name} locks`, logger })
  const fleetSettings = overrides.fleetSettings ?? createFleetSettings(size.slots)
  const slots = overrides.slots ?? createSlots(size.slots)
  const sandbox = overrides.sandbox ?? openSandbox({ readable: [sourcesFolder(store)] })
  if (sandbox.missing.length > 0)
    logger.warn({ event: 'worker.sandbox-incomplete', missing: sandbox.missing, advice: SANDBOX_ADVICE })
  const cpuMs = environment.RENDER_TIMEOUT_SECONDS * 1_000
  const poolFor = (priority: Priority, how: Partial<typeof BULK>): RenderPool =>
    createRenderPool({
      ...how,
      sandbox,
      compileCache: environment.NODE_COMPILE_CACHE,
      size: processesFor(priority, size.slots),
      cpuMs,
      durationMs: cpuMs * DURATION_FACTOR[priority],
      memoryBytes: size.processBytes(size.slots),
      logger,
      onRestart: () => workerMetrics.countRestart(priority),
    })
  const pools = overrides.pools ?? { interactive: poolFor('interactive', INTERACTIVE), bulk: poolFor('bulk', BULK) }
  const jobsInFlight =
    overrides.jobsInFlight ??
    followJobs({
      longestMs: { interactive: cpuMs * DURATION_FACTOR.interactive, bulk: cpuMs * DURATION_FACTOR.bulk },
      onEnd: (stage, seconds) => workerMetrics.observeStage(stage, seconds),
    })
  registerGauges(metrics, { slots, pools, isPaused: () => fleetSettings.current().paused })
  const limits = {
    maxPixels: environment.MAX_MEGAPIXELS * 1_000_000,
    maxSide: environment.MAX_SIDE,
    maxFrames: environment.MAX_FRAMES,
    maxOutputBytes: environment.MAX_OUTPUT_MB * 1_048_576,
  }
  const drawingCpuMs = environment.RENDER_DRAWING_TIMEOUT_SECONDS * 1_000
  return {
    name,
    startedAt: new Date(),
    environment,
    logger,
    metrics,
    workerMetrics,
    mediasdb,
    store,
    broker,
    locks,
    size,
    fleetSettings,
    slots,
    sandbox,
    pools,
    jobsInFlight,
    limits,
    drawingCpuMs,
    checks: checksOf({ mediasdb, store, broker, fleetSettings }),
    async close() {
      await Promise.allSettled([pools.interactive.close(), pools.bulk.close(), broker.close(), locks.close()])
      await mediasdb.close()
      await store.close()
    },
  }
}

/** Containers in the host's network have the same host name and the same process id 1, so a random part is added. */
function makeName(): string {
  return `${hostname()}:${process.pid}:${randomBytes(2).toString('hex')}`
}

/** Reads the resources of this machine, derives the size and logs both. */
function readSize(environment: Environment, logger: Logger): WorkerSize {
  const available = readAvailableResources()
  const size = sizeWorker(available, environment)
  const megabytes = (bytes: number): number => Math.round(bytes / 1_048_576)
  logger.info({
    event: 'worker.sized',
    cores: available.cores,
    memoryMb: megabytes(available.memoryBytes),
    slots: size.slots,
    renderMemoryMb: megabytes(size.processBytes(size.slots)),
  })
  if (!fitsMemory(available, size, size.slots)) logger.warn({ event: 'worker.memory-short', slots: size.slots })
  if (!hasFonts()) logger.warn({ event: 'worker.no-fonts', advice: FONTS_ADVICE })
  return size
}

/**
 * A worker is ready with the database, the store and valid presets. It can wait for the broker, which is not required.
 */
function checksOf({
  mediasdb,
  store,
  broker,
  fleetSettings,
}: Pick<Context, 'mediasdb' | 'store' | 'broker' | 'fleetSettings'>): HealthCheck[] {
  return [
    { name: 'mediasdb', required: true, check: async () => void (await mediasdb.rows('SELECT 1 AS here')) },
    { name: 'store', required: true, check: () => store.check('renditions/') },
    {
      name: 'presets',
      required: true,
      otherwise: 'unreadable',
      check: async () => {
        if (!fleetSettings.current().presets) throw new Error('This build cannot read the presets of the fleet')
      },
    },
    {
      name: 'broker',
      required: false,
      check: async () => {
        if (!broker.isConnected()) throw new Error('The broker is not connected')
      },
    },
  ]
}
