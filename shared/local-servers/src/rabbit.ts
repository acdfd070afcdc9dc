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
import { askManagement } from './rabbit-management.ts'
import { chooseServerUser, makePrivateFolder } from './server-user.ts'
import type { ServerUser } from './server-user.ts'
import { findProgram, installPackages } from './system-packages.ts'
import { makeTemporaryFolder } from './temporary-folder.ts'

// RabbitMQ's own first account, which an address without one means; the node listens on this machine alone.
const account = 'guest'
const password = 'guest'

/** How a private RabbitMQ node is started. */
export interface RabbitOptions {
  /** What it is called in messages and in a temporary folder's name. */
  name: string
  port: number | 'free'
  managementPort: number | 'free'
  /** Keeps the data there; without it the node is temporary and `stop` removes everything. */
  folder?: string
  /** Waits and counts as an installed server does: it starts later, tells depths every 5 s, and takes less CPU. */
  asInstalled?: boolean
  say?: (line: string) => void
}

/** A private RabbitMQ node on 127.0.0.1. `start` after `stop` or `kill` comes back on the same ports and data. */
export interface RabbitServer {
  /** Account `guest`, an administrator, virtual host `/`. */
  url: string
  /** The management API and page, with the account in it. */
  managementUrl: string
  port: number
  managementPort: number
  folder: string
  /** The Erlang machine's number, as long as it runs. */
  readonly pid: number
  isRunning(): boolean
  start(): Promise<void>
  /** An orderly stop: clients are told, queues are written. Its epmd goes with it. */
  stop(): Promise<void>
  /** It dies on the spot. */
  kill(): Promise<void>
  /** Stops it in its tracks; connections stay open and nobody answers. */
  freeze(): void
  thaw(): void
  /** Stops it and deletes its folder. */
  remove(): Promise<void>
}

/**
 * Starts a private RabbitMQ node with the management plugin and waits until a client can log in. Installs RabbitMQ
 * first where there is none.
 *
 * @throws MissingProgramError where it cannot be installed; Error with the end of the node's log when it does not start
 */
export async function startRabbit(options: RabbitOptions): Promise<RabbitServer> {
  const say = options.say ?? (() => {})
  if (findRabbitProgram() === undefined) installPackages(['rabbitmq-server'], say)
  const program = findRabbitProgram()
  const epmdProgram = findProgram('epmd')
  if (!program || !epmdProgram) throw new Error('RabbitMQ was installed, but its programs are not where they should be')
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
      // Temporary data need not be left in order.
      deathSignal: options.folder === undefined ? 'KILL' : 'TERM',
    })
  const start = async () => {
    if (node?.isRunning()) return
    await epmd?.end('SIGTERM', 2_000)
    const epmdPort = await findFreePort()
    environment = rabbitEnvironment({ folder, epmdPort, distributionPort: await findFreePort(), asInstalled })
    epmd = spawnHere(epmdProgram, ['-port', String(epmdPort), '-address', '127.0.0.1'])
    // Ours has to be there before the node looks, or the node starts one that outlives it.
    await waitForPort(epmdPort)
    const starting = spawnHere(program, [])
    node = starting
    await eventually(
      async () => {
        if (starting.isRunning()) await answer(url, managementUrl)
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
      await askToHalt(folder, environment, user)
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
 * RabbitMQ's own orderly stop, asked over Erlang's protocol: rabbitmqctl needs 2 s to say as much. The management
 * agent's event handler is taken out first, for in the middle of a stop it waits 5 s for an application controller that
 * is itself waiting for it (seen with 3.10.8).
 */
async function askToHalt(folder: string, environment: Record<string, string>, user: ServerUser): Promise<void> {
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
  // SIGCONT does nothing to a process that runs: this waits for its end, and kills it after the limit.
  await caller.end('SIGCONT', 12_000)
}

async function waitForPort(port: number): Promise<void> {
  await eventually(
    async () => {
      if (!(await isPortOpen(port))) throw new Error(`Nobody listens on port ${port}`)
    },
    { limitMs: 10_000, everyMs: 20 },
  )
}

async function answer(url: string, managementUrl: string): Promise<void> {
  const connection = await connect(url, { timeout: 2_000 })
  connection.on('error', () => undefined)
  // A node that is still starting may take a connection and never let go of it.
  await pTimeout(connection.close(), { milliseconds: 3_000, message: 'The node does not end a connection' })
  await askManagement(managementUrl, 'GET', '/api/overview')
}

function endOfLogs(folder: string): string {
  const logs = [join(folder, 'server.log'), join(folder, 'log', 'likeness@localhost.log')].filter((path) =>
    existsSync(path),
  )
  return logs.map((path) => readFileSync(path, 'utf8').split('\n').slice(-15).join('\n')).join('\n')
}
