import { fileURLToPath } from 'node:url'

import { findFreePort } from '@likeness/local-servers'
import { createLogger, stopInOrder } from '@likeness/service-kit/process'
import { logInAs } from '@likeness/test-kit'

import type { Overrides } from '../src/context.ts'
import { environmentSchema } from '../src/env.ts'
import { createRenderPool, type RenderPool } from '../src/render/render-pool.ts'
import { startWorker } from '../src/worker.ts'
import { testSandbox } from './test-sandbox.ts'

const logger = createLogger({ service: 'test', level: 'silent' })

/** A worker in this process. Its pictures name the behaviour of its render processes (unruly-process.ts). */
export interface WorkerHere {
  url: string
  stop(): Promise<void>
}

export async function startWorkerHere(options: {
  databaseUrl: string
  amqpUrl: string
  storeFolder: string
  slots: number
  overrides?: Overrides
}): Promise<WorkerHere> {
  const { databaseUrl, amqpUrl, storeFolder, slots, overrides } = options
  const port = await findFreePort()
  const environment = environmentSchema.parse({
    MEDIASDB_URL: logInAs('media_worker', databaseUrl),
    AMQP_URL: logInAs('media-worker', amqpUrl),
    AMQP_TOPOLOGY: 'check',
    MEDIA_STORE_DIR: storeFolder,
    HOST: '127.0.0.1',
    WORKER_PORT: port,
    WORKER_SLOTS: slots,
  })
  const pools = overrides?.pools ?? { interactive: unrulyPool(slots), bulk: unrulyPool(1, 60_000) }
  const phases = await startWorker(environment, logger, { sandbox: testSandbox, ...overrides, pools })
  return { url: `http://127.0.0.1:${port}`, stop: () => stopInOrder(phases, logger) }
}

function unrulyPool(size: number, idleMs?: number): RenderPool {
  return createRenderPool({
    sandbox: testSandbox,
    size,
    ...(idleMs === undefined ? {} : { idleMs }),
    cpuMs: 60_000,
    durationMs: 180_000,
    memoryBytes: 1_000_000_000,
    logger,
    onRestart: () => undefined,
    program: fileURLToPath(new URL('./unruly-process.ts', import.meta.url)),
  })
}
