import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

import { connect } from 'amqplib'
import pTimeout from 'p-timeout'

import { spawnBound } from './bound-process.ts'
import type { BoundProcess } from './bound-process.ts'
import { eventually } from './eventually.ts'
import { findFreePort, isPortOpen } from './ports.ts'
import { signalFamily } from './process-family.ts'
import { findRabbitProgram, rabbitEnvironment, writeRabbitConfiguration } from './rabbit-configuration.ts'
import { callManagementApi } from './rabbit-management.ts'
import { chooseServerUser, makePrivateFolder } from './server-user.ts'
import type { ServerUser } from './server-user.ts'
import { findProgram, installPackages } from './system-packages.ts'
import { makeTemporaryFolder } from './temporary-folder.ts'

// RabbitMQ's default account, which clients use if the address has no account. The node listens only on this machine.
const account = 'guest'
const password = 'guest'

/** How to start a private RabbitMQ node. */
export interface RabbitOptions {
  /** Its name in messages and in the name of a temporary folder. */
  name: string
  port: number | 'free'
  managementPort: number | 'free'
  /** The folder of the data. Without it, the node is temporary, and `stop` removes everything. */
  folder?: string
  /** Uses the timing of an installed server: it starts later, reports queue depths every 5 s, and takes less CPU. */
  asInstalled?: boolean
  say?: (line: string) => void
}

/** A private RabbitMQ node on 127.0.0.1. `start` after `stop` or `kill` uses the same ports and data. */
export interface RabbitServer {
  /** For the account `guest`, an administrator, and the virtual host `/`. */
  url: string
  /** The URL of the management API and page, with account and password. */
  managementUrl: string
  port: number
  managementPort: number
  folder: string
  /** The process id of the Erlang VM while the node runs. */
  readonly pid: number
  isRunning(): boolean
  start(): Promise<void>
  /** Stops the node gracefully: notifies clients and writes queues. Also stops its epmd. */
  stop(): Promise<void>
  /** Kills the node. */
  kill(): Promise<void>
  /** Suspends the node: connections stay open but get no response. */
  freeze(): void
  thaw(): void
  /** Stops the node and deletes its folder. */
  remove(): Promise<void>
}

/**
 * Starts a private RabbitMQ node with the management plugin and waits until a client can log in. Installs RabbitMQ first
 * if it is missing.
 *
 * @throws MissingProgramError if RabbitMQ cannot be installed; Error with the end of the node's log if it does not start
 */
export async function startRabbit(options: RabbitOptions): Promise<RabbitServer> {
  const say = options.say ?? (() => {})
  if (findRabbitProgram() === undefined) installPackages(['rabbitmq-server'], say)
  const program = findRabbitProgram()
  const epmdProgram = findProgram('epmd')
  if (!program || !epmdProgram) throw new Error('RabbitMQ was installed, but its programs were not found')
  const user = chooseServerUser('rabbitmq')
  const folder = options.folder ?? makeTemporaryFolder(options.name)
  makePrivateFolder(folder, user)
  makePrivateFolder(join(folder, 'mnesia'), user)

  const port = options.port === 'free' ? await findFreePort() : options.port
  const managementPort = options.managementPort === 'free' ? await findFreePort() : options.managementPort
  const { asInstalled = false } = options
  writeRabbitConfiguration({ folder, port, managementPort, user, account, password, asInstalled })

  const url = `amqp://${account}:${password}@127.0.0.1:${port}`
  const managementUrl = `http://${account}:${password}@127.0.0.1:${managementPort}`
  let environment: Record<string, string> = {}
  let epmd: BoundProcess | undefined
  let node: BoundProcess | undefined

  const spawnHere = (command: string, args: string[]) =>
    spawnBound({
      command,
      args,
      cwd: folder,
      environment,
      log: join(folder, 'server.log'),
      user,
      // Temporary data can be lost.
      deathSignal: options.folder === undefined ? 'KILL' : 'TERM',
    })
  const start = async () => {
    if (node?.isRunning()) return
    await epmd?.end('SIGTERM', 2_000)
    const epmdPort = await findFreePort()
    environment = rabbitEnvironment({ folder, epmdPort, distributionPort: await findFreePort(), asInstalled })
    epmd = spawnHere(epmdProgram, ['-port', String(epmdPort), '-address', '127.0.0.1'])
    // This epmd must listen before the node looks for one. Otherwise the node starts its own, which keeps running when the
    // node ends.
    await waitForPort(epmdPort)
    const starting = spawnHere(program, [])
    node = starting
    await eventually(
      async () => {
        if (starting.isRunning()) await connectOnce(url, managementUrl)
      },
      { limitMs: 90_000, everyMs: 100 },
    ).catch(async (error: unknown) => {
      await stop()
      throw new Error(`RabbitMQ did not start on port ${port}:\n${endOfLogs(folder)}`, { cause: error })
    })
    if (!starting.isRunning()) {
      await stop()
      throw new Error(`RabbitMQ ended while it started on port ${port}:\n${endOfLogs(folder)}`)
    }
  }
  const stop = async () => {
    signalFamily(node, 'SIGCONT')
    if (node?.isRunning()) {
      await requestHalt(folder, environment, user)
      await node.end('SIGCONT', 20_000)
    }
    await epmd?.end('SIGTERM', 2_000)
  }
  const kill = async () => {
    await node?.end('SIGKILL', 1_000)
    await epmd?.end('SIGKILL', 1_000)
  }
  const remove = async () => {
    await kill()
    rmSync(folder, { recursive: true, force: true })
  }
  await start()

  return {
    url,
    managementUrl,
    port,
    managementPort,
    folder,
    get pid() {
      return node?.pid ?? -1
    },
    isRunning: () => node?.isRunning() ?? false,
    start,
    stop: options.folder === undefined ? remove : stop,
    kill,
    freeze: () => signalFamily(node, 'SIGSTOP'),
    thaw: () => signalFamily(node, 'SIGCONT'),
    remove,
  }
}

/**
 * Requests RabbitMQ's graceful stop over Erlang's protocol, because rabbitmqctl takes 2 s to start. The event handler of
 * the management agent is removed first. Otherwise a stop takes 5 s longer, because the handler and the application
 * controller wait for each other (seen with 3.10.8).
 */
async function requestHalt(folder: string, environment: Record<string, string>, user: ServerUser): Promise<void> {
  const erl = findProgram('erl')
  if (erl === undefined) return
  const node = environment['RABBITMQ_NODENAME']
  const request = [
    `rpc:call('${node}', gen_event, delete_handler, [rabbit_event, rabbit_mgmt_db_handler, []], 2000)`,
    `rpc:call('${node}', rabbit, stop_and_halt, [], 10000)`,
    'halt().',
  ].join(', ')
  const caller = spawnBound({
    command: erl,
    args: ['-noinput', '-hidden', '-start_epmd', 'false', '-sname', 'halt@localhost', '-eval', request],
    cwd: folder,
    environment: { ...environment, ERL_CRASH_DUMP_SECONDS: '0' },
    log: join(folder, 'server.log'),
    user,
    deathSignal: 'KILL',
  })
  // SIGCONT has no effect on a running process. This only waits for the end of the process, and kills it after the limit.
  await caller.end('SIGCONT', 12_000)
}

async function waitForPort(port: number): Promise<void> {
  await eventually(
    async () => {
      if (!(await isPortOpen(port))) throw new Error(`No process listens on port ${port}`)
    },
    { limitMs: 10_000, everyMs: 20 },
  )
}

async function connectOnce(url: string, managementUrl: string): Promise<void> {
  const connection = await connect(url, { timeout: 2_000 })
  connection.on('error', () => undefined)
  // A node that is still starting can accept a connection and never close it.
  await pTimeout(connection.close(), { milliseconds: 3_000, message: 'The node does not close a connection' })
  await callManagementApi(managementUrl, 'GET', '/api/overview')
}

function endOfLogs(folder: string): string {
  const logs = [join(folder, 'server.log'), join(folder, 'log', 'likeness@localhost.log')].filter((path) =>
    existsSync(path),
  )
  return logs.map((path) => readFileSync(path, 'utf8').split('\n').slice(-15).join('\n')).join('\n')
}
