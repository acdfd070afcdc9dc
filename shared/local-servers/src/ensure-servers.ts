import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

import { withFileLock } from './file-lock.ts'
import { findPortFrom } from './ports.ts'
import { findPostgresPrograms } from './postgres-programs.ts'
import { startPostgres } from './postgres.ts'
import { findRabbitProgram } from './rabbit-configuration.ts'
import { startRabbit } from './rabbit.ts'
import { findRunningServer, forgetServer, isSameProcess, recordServer } from './server-record.ts'
import { chooseServerFolder, chooseServerUser } from './server-user.ts'
import { installPackages } from './system-packages.ts'

type Say = (line: string) => void

/** The servers of a whole Likeness system. */
export interface LocalServers {
  mainDbUrl: string
  mediasDbUrl: string
  amqpUrl: string
  /** Null if the broker's address was configured. */
  managementUrl: string | null
  /** Restarts the servers that this call started and that have died, on the same ports and data. */
  restartDead(): Promise<void>
  /** Stops the servers that this call started. Others keep running. */
  stop(): Promise<void>
}

/** Configured addresses; undefined if not set. */
export interface GivenServers {
  mainDbUrl: string | undefined
  mediasDbUrl: string | undefined
  amqpUrl: string | undefined
}

interface Wanted {
  name: string
  account: 'postgres' | 'rabbitmq'
  port: number
  given: string | undefined
  start(port: number, folder: string): Promise<Started>
}

interface Started {
  url: string
  managementUrl?: string
  readonly pid: number
  isRunning(): boolean
  start(): Promise<void>
  stop(): Promise<void>
}

interface Found {
  url: string
  managementUrl: string | null
  restartDead(): Promise<void>
  stop(): Promise<void>
}

const mainDbPort = 5432
const mediasDbPort = 5433
const amqpPort = 5672
const managementPort = 15672
const usualPorts = new Set([mainDbPort, mediasDbPort, amqpPort, managementPort])

/**
 * Finds or starts two PostgreSQL servers and RabbitMQ. For each, it uses the first of these: the configured address; a
 * running server that an earlier command of this repository started; a new private server, on the usual port or the next
 * free port. It installs missing programs.
 *
 * @param repository absolute path; data is stored in its `.local/`
 * @param say receives one line for every unusual event
 * @throws MissingProgramError if a program must be installed manually
 */
export async function ensureServers(repository: string, given: GivenServers, say: Say): Promise<LocalServers> {
  const local = join(repository, '.local')
  mkdirSync(local, { recursive: true })
  return withFileLock(join(local, 'servers.lock'), async () => {
    const wanted = listWanted(given, say)
    installMissing(wanted, say)
    const starting: Promise<Found>[] = []
    const reserved = new Set(usualPorts)
    // Ports are chosen one after another, because nothing listens on a chosen port yet. Then the servers start
    // together.
    for (const one of wanted) starting.push((await prepareServer(repository, one, reserved, say))())
    const outcomes = await Promise.allSettled(starting)
    const found = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
    const stop = async () => {
      await Promise.all(found.map((server) => server.stop()))
    }
    const failure = outcomes.find((outcome) => outcome.status === 'rejected')
    if (failure) {
      await stop()
      throw failure.reason
    }
    const [main, medias, broker] = found as [Found, Found, Found]
    return {
      mainDbUrl: main.url,
      mediasDbUrl: medias.url,
      amqpUrl: broker.url,
      managementUrl: broker.managementUrl,
      restartDead: async () => {
        await Promise.all(found.map((server) => server.restartDead()))
      },
      stop,
    }
  })
}

function listWanted(given: GivenServers, say: Say): [Wanted, Wanted, Wanted] {
  const postgres = (name: string) => (port: number, folder: string) =>
    startPostgres({ name, database: name, port, folder, durable: true, say })
  const rabbit = async (port: number, folder: string) => {
    const pagePort = await findPortFrom(managementPort, usualPorts)
    if (pagePort !== managementPort)
      say(`Port ${managementPort} is in use, so RabbitMQ's management page uses port ${pagePort}`)
    return startRabbit({ name: 'rabbitmq', port, managementPort: pagePort, folder, say })
  }
  return [
    { name: 'maindb', account: 'postgres', port: mainDbPort, given: given.mainDbUrl, start: postgres('maindb') },
    {
      name: 'mediasdb',
      account: 'postgres',
      port: mediasDbPort,
      given: given.mediasDbUrl,
      start: postgres('mediasdb'),
    },
    { name: 'rabbitmq', account: 'rabbitmq', port: amqpPort, given: given.amqpUrl, start: rabbit },
  ]
}

function installMissing(wanted: Wanted[], say: Say): void {
  const isWanted = (account: Wanted['account']) =>
    wanted.some((one) => one.account === account && one.given === undefined)
  const missing = [
    ...(isWanted('postgres') && findPostgresPrograms().length === 0 ? ['postgresql'] : []),
    ...(isWanted('rabbitmq') && findRabbitProgram() === undefined ? ['rabbitmq-server'] : []),
  ]
  if (missing.length > 0) installPackages(missing, say)
}

/** Chooses the server. The returned function starts it, or returns the running one. */
async function prepareServer(
  repository: string,
  wanted: Wanted,
  reserved: Set<number>,
  say: Say,
): Promise<() => Promise<Found>> {
  const doNothing = async () => {}
  const useExisting = (url: string, managementUrl: string | null) => async () => ({
    url,
    managementUrl,
    restartDead: doNothing,
    stop: doNothing,
  })
  if (wanted.given !== undefined) return useExisting(wanted.given, null)

  const user = chooseServerUser(wanted.account)
  const { folder, closed } = chooseServerFolder(repository, wanted.name, user)
  const running = findRunningServer(folder)
  if (running && isSameProcess(running.starter)) return useExisting(running.url, running.managementUrl)
  if (running) await endOrphan(running.server)
  if (closed)
    say(
      `The account ${user.name} cannot access the folder of the repository, so ${wanted.name} stores its data in ${folder}`,
    )

  const port = await findPortFrom(wanted.port, reserved)
  reserved.add(port)
  if (port !== wanted.port) say(`Port ${wanted.port} is in use, so ${wanted.name} uses port ${port}`)
  return () => startAndRecord(wanted, port, folder, say)
}

async function startAndRecord(wanted: Wanted, port: number, folder: string, say: Say): Promise<Found> {
  const server = await wanted.start(port, folder)
  recordServer(folder, server)
  return {
    url: server.url,
    managementUrl: server.managementUrl ?? null,
    restartDead: async () => {
      if (server.isRunning()) return
      say(`${wanted.name} ended unexpectedly. Restarting it`)
      await server.start()
      recordServer(folder, server)
    },
    stop: async () => {
      await server.stop()
      forgetServer(folder)
    },
  }
}

/** Stops a server that was left running by a command that died, because nothing else would stop it. */
async function endOrphan(identity: string): Promise<void> {
  const pid = Number(identity.split('@')[0])
  const waitForEnd = async (limitMs: number) => {
    const end = performance.now() + limitMs
    while (isSameProcess(identity) && performance.now() < end) await pause(50)
  }
  // PostgreSQL: TERM waits until all clients have disconnected, INT is a fast shutdown. Erlang is started so that it
  // ignores INT.
  process.kill(pid, 'SIGTERM')
  process.kill(pid, 'SIGINT')
  await waitForEnd(15_000)
  if (!isSameProcess(identity)) return
  process.kill(pid, 'SIGKILL')
  await waitForEnd(5_000)
}
