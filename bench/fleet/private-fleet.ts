import { execFileSync } from 'node:child_process'

import type { PostgresServer, RabbitServer } from '@likeness/local-servers'
import { startSystem, type ServiceProcess, type System } from '@likeness/test-kit'
import type pg from 'pg'

import { startPrivateServers } from '../private-servers.ts'
import { listFamily } from '../process-figures.ts'

/** The whole product, run as in its images, on private servers and with as many workers as a measurement needs. */
export interface PrivateFleet {
  system: System
  postgres: PostgresServer
  rabbit: RabbitServer
  /** A client of mediasdb. */
  client: pg.Client
  /** A scratch folder on the file system of the file store. */
  folder: string
  /**
   * @param options.slots the slots of each worker
   * @param options.aCoreEach binds the first worker to the first core, the second to the second, and so on
   */
  startWorkers(count: number, options: { slots: number; aCoreEach?: boolean }): Promise<ServiceProcess[]>
  stopWorkers(): Promise<void>
  stop(): Promise<void>
}

/** All processes are bound to these cores, so that results of machines with more cores are comparable. */
const CORES = [0, 1]

/** The variables in media-worker's Dockerfile that are not configuration. */
const imageEnvironment = { MALLOC_ARENA_MAX: '1' }

/** Starts the servers and the built services, without workers. */
export async function startPrivateFleet(): Promise<PrivateFleet> {
  bind(process.pid, CORES)
  const undo: (() => Promise<unknown>)[] = []
  let stopping: Promise<void> | undefined
  const undoAll = async (): Promise<void> => {
    for (const step of undo) await step()
  }
  // A signal stops the fleet during a measurement, which then fails; both wait for the same stop.
  const stop = (): Promise<void> => (stopping ??= undoAll())
  const endWith = (code: number) => (): void => void stop().finally(() => process.exit(code))
  process.once('SIGINT', endWith(130)).once('SIGTERM', endWith(143))
  try {
    return { ...(await startParts(undo)), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function startParts(undo: (() => Promise<unknown>)[]): Promise<Omit<PrivateFleet, 'stop'>> {
  const { postgres, rabbit, mainDbUrl, client, folder } = await startPrivateServers(undo)
  const info = { LOG_LEVEL: 'info' }
  const system = await startSystem({
    workers: 0,
    built: true,
    environment: { 'main-service': info, 'auth-service': info, 'medias-service': info, 'media-worker': info },
    servers: { mainDbUrl, mediasDbUrl: postgres.url, amqpUrl: rabbit.url },
  })
  undo.unshift(system.stop)

  return {
    system,
    postgres,
    rabbit,
    client,
    folder,
    startWorkers: async (count, { slots, aCoreEach = false }) => {
      const workers = await Promise.all(
        Array.from({ length: count }, () => system.startWorker({ ...imageEnvironment, WORKER_SLOTS: String(slots) })),
      )
      if (aCoreEach) workers.forEach(({ pid }, index) => bind(pid, [CORES[index % CORES.length] ?? 0]))
      return workers
    },
    stopWorkers: async () => {
      await Promise.all(system.workers.splice(0).map((worker) => worker.stop()))
    },
  }
}

/** Binds a process and all processes that it has started to cores. Processes that it starts later inherit the cores. */
export function bind(root: number, cores: number[]): void {
  for (const pid of listFamily(root)) {
    execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', cores.join(','), String(pid)], { stdio: 'ignore' })
  }
}
