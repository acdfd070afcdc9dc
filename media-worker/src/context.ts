import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'

import { openDiskStore, type FileStore } from '@likeness/media-files'
import { connectBroker, type Broker, type RoutingKey } from '@likeness/media-jobs'
import { openMediasdb, type Mediasdb } from '@likeness/mediasdb'
import type { HealthCheck } from '@likeness/service-kit/health'
import { createMetrics, type Logger, type Metrics } from '@likeness/service-kit/process'

import type { Environment } from './env.ts'
import { createOrders, type OrdersInForce } from './fleet/orders.ts'
import { readGivenResources } from './machine/given-resources.ts'
import { fitsMemory, sizeWorker, type WorkerSize } from './machine/worker-size.ts'
import type { PictureLimits } from './picture/source-header.ts'
import { openRenderLocks, type RenderLocks } from './render/render-locks.ts'
import { createRenderPool, type RenderPool } from './render/render-pool.ts'
import { createSlots, slotsFor, type Slots } from './render/slots.ts'
import { followJobs, type JobsInHand } from './stages.ts'
import { createWorkerMetrics, showWorker, type WorkerMetrics } from './worker-metrics.ts'

/** Statements take milliseconds, so that jobs share: health, the fleet and what is dropped among them. */
const CONNECTIONS = 4

/**
 * A process without work ends after half a minute and gives its 55 MB back. The next picture waits less than 0.3 s for
 * another one (bench/README.md).
 */
const INTERACTIVE = { idleMs: 30_000 }

/** Bulk jobs give way to uploads, to the point of a tenth of a core (priority.ts), so they may take ten times as long. */
const BULK = { niceness: 10, patience: 10, idleMs: 30_000 }

/** Everything that is made once and handed down. */
export interface Context {
  /** Names this process to operators. */
  name: string
  startedAt: Date
  logger: Logger
  registry: Metrics
  metrics: WorkerMetrics
  mediasdb: Mediasdb
  store: FileStore
  broker: Broker
  locks: RenderLocks
  size: WorkerSize
  orders: OrdersInForce
  slots: Slots
  /** Each queue's own, so that they can differ in priority. */
  pools: Record<RoutingKey, RenderPool>
  jobsInHand: JobsInHand
  limits: PictureLimits
  /** How long the process of an SVG may take; others have the pool's own limit. */
  drawingTimeoutMs: number
  checks: HealthCheck[]
  /** Stops what runs in the background, and closes every connection. */
  close(): Promise<void>
}

/** Parts that a test replaces. */
export type Overrides = Partial<
  Pick<
    Context,
    'registry' | 'metrics' | 'mediasdb' | 'store' | 'broker' | 'locks' | 'orders' | 'slots' | 'pools' | 'jobsInHand'
  >
>

/** Makes the context. Nothing here waits for the database or the broker. */
export async function createContext(
  environment: Environment,
  logger: Logger,
  overrides: Overrides = {},
): Promise<Context> {
  const name = nameHere()
  const { MEDIASDB_URL: url } = environment
  const size = sizeHere(environment, logger)
  const registry = overrides.registry ?? createMetrics('media-worker')
  const metrics = overrides.metrics ?? createWorkerMetrics(registry)
  const mediasdb =
    overrides.mediasdb ?? openMediasdb(url, { applicationName: `media-worker ${name}`, poolSize: CONNECTIONS })
  const store = overrides.store ?? openDiskStore(environment.MEDIA_STORE_DIR)
  const broker = overrides.broker ?? connectBroker({ url: environment.AMQP_URL, name: `media-worker ${name}`, logger })
  const locks = overrides.locks ?? openRenderLocks(url, { applicationName: `media-worker ${name} locks`, logger })
  const orders = overrides.orders ?? createOrders(size.slots)
  const slots = overrides.slots ?? createSlots(size.slots)
  const timeoutMs = environment.RENDER_TIMEOUT_SECONDS * 1_000
  const poolFor = (routingKey: RoutingKey, how: Partial<typeof BULK>): RenderPool =>
    createRenderPool({
      ...how,
      compileCache: environment.NODE_COMPILE_CACHE,
      size: slotsFor(routingKey, size.slots),
      timeoutMs,
      memoryBytes: size.processBytes(size.slots),
      logger,
      onRestart: () => metrics.countRestart(routingKey),
    })
  const pools = overrides.pools ?? { interactive: poolFor('interactive', INTERACTIVE), bulk: poolFor('bulk', BULK) }
  const jobsInHand =
    overrides.jobsInHand ??
    followJobs({
      longestMs: { interactive: timeoutMs, bulk: timeoutMs * BULK.patience },
      onEnd: (stage, seconds) => metrics.sawStage(stage, seconds),
    })
  showWorker(registry, { slots, pools, isPaused: () => orders.current().paused })
  const made = { name, startedAt: new Date(), logger, registry, metrics, mediasdb, store, broker, locks, size, orders }
  const limits = {
    maxPixels: environment.MAX_MEGAPIXELS * 1_000_000,
    maxSide: environment.MAX_SIDE,
    maxFrames: environment.MAX_FRAMES,
    maxOutputBytes: environment.MAX_OUTPUT_MB * 1_048_576,
  }
  const drawingTimeoutMs = environment.RENDER_DRAWING_TIMEOUT_SECONDS * 1_000
  return {
    ...made,
    slots,
    pools,
    jobsInHand,
    limits,
    drawingTimeoutMs,
    checks: checksOf(made),
    async close() {
      await Promise.allSettled([pools.interactive.close(), pools.bulk.close(), broker.close(), locks.close()])
      await mediasdb.close()
    },
  }
}

/** Containers on one host's network share its name, and each has a process 1. */
function nameHere(): string {
  return `${hostname()}:${process.pid}:${randomBytes(2).toString('hex')}`
}

/** Follows what this machine gives, and says so in the log. */
function sizeHere(environment: Environment, logger: Logger): WorkerSize {
  const given = readGivenResources()
  const size = sizeWorker(given, environment)
  const megabytes = (bytes: number): number => Math.round(bytes / 1_048_576)
  logger.info({
    event: 'worker.sized',
    cores: given.cores,
    memoryMb: megabytes(given.memoryBytes),
    slots: size.slots,
    renderMemoryMb: megabytes(size.processBytes(size.slots)),
  })
  if (!fitsMemory(given, size, size.slots)) logger.warn({ event: 'worker.memory-short', slots: size.slots })
  return size
}

/**
 * A worker that has no database, no store or no presets that it can read can do nothing; without the broker it waits.
 */
function checksOf({
  mediasdb,
  store,
  broker,
  orders,
}: Pick<Context, 'mediasdb' | 'store' | 'broker' | 'orders'>): HealthCheck[] {
  return [
    { name: 'mediasdb', gates: true, check: async () => void (await mediasdb.rows('SELECT 1 AS here')) },
    { name: 'store', gates: true, check: () => store.check() },
    {
      name: 'presets',
      gates: true,
      otherwise: 'unreadable',
      check: async () => {
        if (!orders.current().presets) throw new Error('None that this build can read')
      },
    },
    {
      name: 'broker',
      gates: false,
      check: async () => {
        if (!broker.isConnected()) throw new Error('Not connected')
      },
    },
  ]
}
