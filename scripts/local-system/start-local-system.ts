import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'

import { ensureServers, type LocalServers } from '@likeness/local-servers'

import type { LineOutput } from './console-lines.ts'
import { planDeployables, type ServiceUrls } from './deployables.ts'
import { administratorOf, buildLocalSite } from './local-site.ts'
import { RefusedStartError } from './refused-start-error.ts'
import { readSettings, type SystemSettings } from './settings.ts'
import { superviseProcess, type SupervisedProcess } from './supervise-process.ts'

/** A whole Likeness system on this machine. */
export interface LocalSystem {
  servers: LocalServers
  urls: ServiceUrls
  settings: SystemSettings
  processes: SupervisedProcess[]
  /** Resolves with the labels of the processes that are not ready within the limit. */
  waitUntilReady(limitMs: number): Promise<string[]>
}

/** The steps that stop the started processes and servers. They run in reverse order of the starts, at any time. */
export class StopList {
  readonly #steps: (() => Promise<void>)[] = []
  #stopping: Promise<void> | undefined

  get isStopping(): boolean {
    return this.#stopping !== undefined
  }

  /** Adds a step. If the system is already stopping, the step runs immediately. */
  async add(step: () => Promise<void>): Promise<void> {
    if (!this.#stopping) {
      this.#steps.push(step)
      return
    }
    await step()
    throw new StoppedError()
  }

  /** @throws StoppedError if the system is already stopping */
  throwIfStopping(): void {
    if (this.#stopping) throw new StoppedError()
  }

  /** Runs all steps. A second call waits for the first. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll()
    return this.#stopping
  }

  async #stopAll(): Promise<void> {
    for (const step of this.#steps.toReversed()) await step()
  }
}

/** The system was stopped while it was starting. */
export class StoppedError extends Error {
  override readonly name = 'StoppedError'
}

/**
 * Starts the servers, migrates and seeds the databases, then starts the gateway, three services and two workers.
 *
 * @param stops receives a step for each started part
 * @param onRefusal receives the reason if a process refuses to start
 * @throws MissingProgramError if a program must be installed manually; RefusedStartError if a database cannot be migrated;
 *   StoppedError if the system was stopped meanwhile
 */
export async function startLocalSystem(
  repository: string,
  output: LineOutput,
  stops: StopList,
  onRefusal: (reason: string) => void,
): Promise<LocalSystem> {
  const settings: SystemSettings = {
    'main-service': readSettings(repository, 'main-service'),
    'auth-service': readSettings(repository, 'auth-service'),
    'medias-service': readSettings(repository, 'medias-service'),
    'media-worker': readSettings(repository, 'media-worker'),
    'deploy/gateway': readSettings(repository, 'deploy/gateway'),
  }
  const given = {
    mainDbUrl: process.env['MAINDB_URL'] || settings['main-service']['MAINDB_URL'],
    mediasDbUrl: process.env['MEDIASDB_URL'] || settings['medias-service']['MEDIASDB_URL'],
    amqpUrl: process.env['AMQP_URL'] || settings['medias-service']['AMQP_URL'],
  }
  const lap = startWatch(output)
  stops.throwIfStopping()
  const starting = ensureServers(repository, given, output.say)
  // Waits for servers that are still starting. If they kept running, the next command could not use their data.
  await stops.add(async () => {
    const started = await starting.catch(() => undefined)
    await started?.stop()
  })
  const servers = await starting
  stops.throwIfStopping()
  lap('PostgreSQL and RabbitMQ are ready')
  await recordAddresses(repository, servers, stops)

  await Promise.all([
    migrate(repository, servers, settings, output, stops),
    buildLocalSite(repository, administratorOf(settings)),
  ])
  lap('The databases are migrated and seeded')

  const { deployables, urls } = await planDeployables(repository, servers, settings, output.say)
  stops.throwIfStopping()
  const processes = deployables.map((deployable) => superviseProcess(deployable, repository, output, onRefusal))
  await stops.add(async () => {
    await Promise.all(processes.map((one) => one.stop()))
  })
  return {
    servers,
    urls,
    settings,
    processes,
    waitUntilReady: async (limitMs) => {
      const late = await waitForAll(processes, limitMs, stops)
      if (late.length === 0) lap('The gateway, three services and two workers are ready')
      return late
    },
  }
}

/** scripts/database-url.sh reads this file, for make db-main, make db-medias and run-migrations.sh. */
async function recordAddresses(repository: string, servers: LocalServers, stops: StopList): Promise<void> {
  const file = join(repository, '.local', 'servers.env')
  const lines = [`PID=${process.pid}`, `MAINDB_URL=${servers.mainDbUrl}`, `MEDIASDB_URL=${servers.mediasDbUrl}`]
  await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o600 })
  await stops.add(() => rm(file, { force: true }))
}

async function migrate(
  repository: string,
  servers: LocalServers,
  settings: SystemSettings,
  output: LineOutput,
  stops: StopList,
): Promise<void> {
  // The settings contain the first administrator, ADMIN_EMAIL and ADMIN_PASSWORD.
  const environment = {
    ...settings['main-service'],
    ...process.env,
    MAINDB_URL: servers.mainDbUrl,
    MEDIASDB_URL: servers.mediasDbUrl,
  }
  const run = async (target: string) => {
    const running = spawn(join(repository, 'run-migrations.sh'), [target], { env: environment })
    let problems = ''
    createInterface({ input: running.stdout }).on('line', (line) => {
      if (/: (migrated|waiting)/.test(line)) output.relay('migrations', line)
    })
    running.stderr.setEncoding('utf8').on('data', (text: string) => (problems += text))
    const ended = once(running, 'close')
    await stops.add(async () => {
      running.kill()
      await ended
    })
    const [code] = await ended
    stops.throwIfStopping()
    if (code !== 0) throw new RefusedStartError(problems.trim() || `The migrations of ${target} failed`)
  }
  await Promise.all([run('main'), run('medias')])
}

async function waitForAll(processes: SupervisedProcess[], limitMs: number, stops: StopList): Promise<string[]> {
  const end = performance.now() + limitMs
  let waiting = processes
  for (;;) {
    const ready = await Promise.all(waiting.map((one) => one.isReady()))
    waiting = waiting.filter((_, index) => !ready[index])
    stops.throwIfStopping()
    if (waiting.length === 0 || performance.now() > end) return waiting.map((one) => one.deployable.label)
    await pause(100)
  }
}

function startWatch(output: LineOutput): (line: string) => void {
  let last = performance.now()
  return (line) => {
    const now = performance.now()
    output.say(`${line} (${((now - last) / 1000).toFixed(1)} s)`)
    last = now
  }
}
