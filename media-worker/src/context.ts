import { hostname } from 'node:os'
import { openDiskStore, type FileStore } from '@likeness/media-files'
import { connectBroker, defaultPresets, type Broker, type Preset } from '@likeness/media-jobs'
import { openMediasdb, type Mediasdb } from '@likeness/mediasdb'
import { createMetrics, type HealthCheck, type Logger, type Metrics } from '@likeness/service-kit'
import type { Environment } from './env.ts'
import type { PictureLimits } from './picture/source-header.ts'
import { openRenderLocks, type RenderLocks } from './render/render-locks.ts'
import { createRenderPool, type RenderPool } from './render/render-pool.ts'
import { createSlots, type Slots } from './render/slots.ts'
import { createWorkerMetrics, type WorkerMetrics } from './worker-metrics.ts'

/** Everything that is made once and handed down. */
export interface WorkerContext {
  /** Names this process to operators. */
  name: string
  logger: Logger
  registry: Metrics
  metrics: WorkerMetrics
  db: Mediasdb
  store: FileStore
  broker: Broker
  locks: RenderLocks
  pool: RenderPool
  slots: Slots
  presets: readonly Preset[]
  limits: PictureLimits
  /** How long the process of an SVG may take; others have the pool's own limit. */
  drawingTimeoutMs: number
  checks: HealthCheck[]
}

/** Makes what the worker is made of; `overrides` replace parts of it in tests. */
export function createContext(
  environment: Environment,
  logger: Logger,
  overrides: Partial<WorkerContext> = {},
): WorkerContext {
  const name = `${hostname()}:${process.pid}`
  const { MEDIASDB_URL: url, WORKER_SLOTS: total } = environment
  const slots = overrides.slots ?? createSlots(total)
  const registry = overrides.registry ?? createMetrics('media-worker')
  const metrics = overrides.metrics ?? createWorkerMetrics(registry, { total, busy: () => slots.busy() })
  // A job holds one connection at a time, and two more serve health and what is dropped.
  const db = overrides.db ?? openMediasdb(url, { applicationName: `media-worker ${name}`, poolSize: total + 2 })
  const store = overrides.store ?? openDiskStore(environment.MEDIA_STORE_DIR)
  const broker = overrides.broker ?? connectBroker({ url: environment.AMQP_URL, name: `media-worker ${name}`, logger })
  const locks = overrides.locks ?? openRenderLocks(url, { applicationName: `media-worker ${name} locks`, logger })
  const pool =
    overrides.pool ??
    createRenderPool({
      size: total,
      timeoutMs: environment.RENDER_TIMEOUT_SECONDS * 1_000,
      memoryBytes: environment.RENDER_MEMORY_MB * 1_048_576,
      logger,
      onRestart: () => metrics.countRestart(),
    })
  const made = { name, logger, registry, metrics, db, store, broker, locks, pool, slots }
  const limits = {
    maxPixels: environment.MAX_MEGAPIXELS * 1_000_000,
    maxSide: environment.MAX_SIDE,
    maxFrames: environment.MAX_FRAMES,
    maxOutputBytes: environment.MAX_OUTPUT_MB * 1_048_576,
  }
  const drawingTimeoutMs = environment.RENDER_DRAWING_TIMEOUT_SECONDS * 1_000
  return { ...made, presets: defaultPresets, limits, drawingTimeoutMs, checks: checksOf(made), ...overrides }
}

/** A worker that has no database or no store can do nothing; without the broker it waits. */
function checksOf({ db, store, broker }: Pick<WorkerContext, 'db' | 'store' | 'broker'>): HealthCheck[] {
  return [
    { name: 'mediasdb', gates: true, check: async () => void (await db.sequelize.query('SELECT 1')) },
    { name: 'store', gates: true, check: () => store.check() },
    {
      name: 'broker',
      gates: false,
      check: async () => {
        if (!broker.isConnected()) throw new Error('Not connected')
      },
    },
  ]
}
