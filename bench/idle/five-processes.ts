import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

import { findFreePort, spawnBound, type BoundProcess } from '@likeness/local-servers'

import type { PrivateServers } from '../private-servers.ts'
import { figuresOfFamily } from '../process-figures.ts'
import { repository } from '../repository.ts'
import { readImageCommand } from './image-command.ts'

/** One of the three services or of the two workers. */
export interface Deployable {
  label: string
  folder: string
  url: string
  environment: Record<string, string>
}

/** The times of a start, in milliseconds since the start of the process. */
export interface StartTimes {
  /** Until the first 200 of `/healthz`. */
  answersMs: number
  /** Until the first 200 of `/readyz`. */
  readyMs: number
  /** CPU of the process until its first response. A busy machine affects it less than the time. */
  cpuMs: number
}

export interface Running {
  deployable: Deployable
  process: BoundProcess
  times: StartTimes
}

const LOOK_MS = 15
const LIMIT_MS = 30_000

/** The environments of the five processes: the addresses of each other and of the servers. Other variables have defaults. */
export async function planFive({ mainDbUrl, mediasDbUrl, rabbit, folder }: PrivateServers): Promise<Deployable[]> {
  const address = async () => `http://127.0.0.1:${await findFreePort()}`
  const [main, auth, medias] = [await address(), await address(), await address()]
  const shared = { NODE_ENV: 'test', HOST: '127.0.0.1', AUTH_SERVICE_URL: auth, TOKEN_ISSUER: auth }
  const media = { MEDIASDB_URL: mediasDbUrl, AMQP_URL: rabbit.url, MEDIA_STORE_DIR: join(folder, 'store') }
  const plan = (folderName: string, url: string, environment: Record<string, string>, label = folderName) => ({
    label,
    folder: folderName,
    url,
    environment: { ...shared, PORT: new URL(url).port, ...environment },
  })
  const worker = async (number: number) => {
    const url = await address()
    const environment = { ...media, WORKER_PORT: new URL(url).port, WORKER_SLOTS: '1' }
    return plan('media-worker', url, environment, `media-worker ${number}`)
  }
  return [
    plan('auth-service', auth, { MAIN_SERVICE_URL: main, KEYS_DIR: join(folder, 'keys') }),
    plan('main-service', main, {
      MAINDB_URL: mainDbUrl,
      MEDIAS_SERVICE_URL: medias,
      MAIL_DIR: join(folder, 'mail'),
    }),
    plan('medias-service', medias, { ...media, MAIN_SERVICE_URL: main }),
    await worker(1),
    await worker(2),
  ]
}

/** Fills the compile cache in the same way as the build of the image. */
export function fillCompileCache({ folder }: Deployable, node: string, cacheFolder: string): void {
  const { fills, environment } = readImageCommand(folder)
  if (!('NODE_COMPILE_CACHE' in environment)) return
  for (const args of fills) execFileSync(node, args, { env: { ...environment, NODE_COMPILE_CACHE: cacheFolder } })
}

/**
 * Starts a deployable as in its image, and waits until it responds and is ready.
 *
 * @param node the path of the node program: `process.execPath` or another version
 * @param cacheFolder the folder of the compile cache, used if the image has a cache
 */
export async function startOne(deployable: Deployable, node: string, cacheFolder: string): Promise<Running> {
  const image = readImageCommand(deployable.folder)
  const startedAt = performance.now()
  const child = spawnBound({
    command: node,
    args: image.args,
    cwd: repository,
    environment: {
      PATH: process.env['PATH'],
      ...image.environment,
      ...('NODE_COMPILE_CACHE' in image.environment ? { NODE_COMPILE_CACHE: cacheFolder } : {}),
      ...deployable.environment,
    },
    deathSignal: 'KILL',
  })
  let log = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-4_000)))
  }
  const untilOk = async (path: string): Promise<number> => {
    for (;;) {
      const isOk = await fetch(`${deployable.url}${path}`).then(drained, () => false)
      if (isOk) return performance.now() - startedAt
      if (!child.isRunning() || performance.now() - startedAt > LIMIT_MS) {
        throw new Error(`${deployable.label} did not start:\n${log}`)
      }
      await pause(LOOK_MS)
    }
  }
  const answersMs = await untilOk('/healthz')
  const { cpuMs } = figuresOfFamily(child.pid, 'root')
  return { deployable, process: child, times: { answersMs, cpuMs, readyMs: await untilOk('/readyz') } }
}

export async function stopAll(running: Running[]): Promise<void> {
  await Promise.all(running.map(({ process: child }) => child.end('SIGTERM', 45_000)))
}

async function drained(response: Response): Promise<boolean> {
  await response.arrayBuffer()
  return response.ok
}
