import { spawnSync } from 'node:child_process'
import { chownSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import pg from 'pg'

import { identifyProcess, spawnBound } from './bound-process.ts'
import type { BoundProcess } from './bound-process.ts'
import { eventually } from './eventually.ts'
import { findFreePort } from './ports.ts'
import { choosePostgresPrograms } from './postgres-programs.ts'
import { signalFamily } from './process-family.ts'
import { chooseServerUser, makePrivateFolder } from './server-user.ts'
import type { ServerUser } from './server-user.ts'
import { installPackages, programFolders } from './system-packages.ts'
import { makeTemporaryFolder } from './temporary-folder.ts'

const role = 'likeness'
const password = 'likeness'

/** How to start a private PostgreSQL server. */
export interface PostgresOptions {
  /** Its name in messages and in the name of a temporary folder. */
  name: string
  /** Created if missing; `url` connects to it. */
  database: string
  port: number | 'free'
  /** The folder of the data. Without it, the server is temporary, and `stop` removes everything. */
  folder?: string
  /** False turns fsync off, because the data of a test need not survive a power failure. */
  durable: boolean
  say?: (line: string) => void
}

/** A private PostgreSQL server on 127.0.0.1. `start` after `stop` or `kill` uses the same port and data. */
export interface PostgresServer {
  /** For the role `likeness`, a superuser of this server, and the requested database. */
  url: string
  /** For the same role and the database `postgres`. */
  adminUrl: string
  port: number
  folder: string
  /** The process id of the postmaster while the server runs. */
  readonly pid: number
  isRunning(): boolean
  start(): Promise<void>
  /** A fast shutdown: closes sessions and writes data. */
  stop(): Promise<void>
  /** Kills the postmaster and every backend at once, so that they cannot write anything. */
  kill(): Promise<void>
  /** Suspends the postmaster and every backend: connections stay open but get no response. */
  freeze(): void
  thaw(): void
  /** Stops the server and deletes its folder. */
  remove(): Promise<void>
}

/**
 * Starts a private PostgreSQL server and waits until it accepts connections. Installs PostgreSQL first if it is missing.
 *
 * @throws MissingProgramError if PostgreSQL cannot be installed; Error with the end of the server's log if it does not
 *   start
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const say = options.say ?? (() => {})
  if (choosePostgresPrograms('', say) === undefined) installPackages(['postgresql'], say)
  const user = chooseServerUser('postgres')
  const folder = options.folder ?? makeTemporaryFolder(options.name)
  makePrivateFolder(folder, user)
  const data = join(folder, 'data')
  const programs = choosePostgresPrograms(data, say)
  if (programs === undefined) throw new Error('PostgreSQL was installed, but its programs were not found')
  if (!existsSync(data)) initialise(programs.bin, folder, data, user, options.durable)

  const port = options.port === 'free' ? await findFreePort() : options.port
  const adminUrl = `postgres://${role}:${password}@127.0.0.1:${port}/postgres`
  const log = join(folder, 'server.log')
  let server: BoundProcess | undefined

  const start = async () => {
    if (server?.isRunning()) return
    forgetStalePid(data)
    await eventually(
      async () => {
        if (!server?.isRunning()) server = spawnServer(programs.bin, folder, port, log, user, options.durable)
        await connectOnce(adminUrl)
        // Meanwhile another server with the same password may have started on the port.
        if (!server.isRunning()) throw new Error(`Another server uses port ${port}`)
      },
      // After a kill, recovery replays the log since the last checkpoint, which takes time.
      { limitMs: 60_000, everyMs: 50 },
    ).catch((error: unknown) => {
      throw new Error(`PostgreSQL (${options.name}) did not start on port ${port}:\n${endOfFile(log)}`, {
        cause: error,
      })
    })
  }
  const stop = async () => {
    signalFamily(server, 'SIGCONT')
    await server?.end('SIGINT', 20_000)
  }
  const remove = async () => {
    signalFamily(server, 'SIGCONT')
    // An immediate shutdown, because the data is deleted next and need not be written.
    await server?.end('SIGQUIT', 5_000)
    rmSync(folder, { recursive: true, force: true })
  }
  await start()
  await ensureDatabase(adminUrl, options.database)

  return {
    url: `postgres://${role}:${password}@127.0.0.1:${port}/${options.database}`,
    adminUrl,
    port,
    folder,
    get pid() {
      return server?.pid ?? -1
    },
    isRunning: () => server?.isRunning() ?? false,
    start,
    stop: options.folder === undefined ? remove : stop,
    kill: async () => {
      // A backend process can live a moment longer than its postmaster and still execute a statement.
      signalFamily(server, 'SIGKILL')
      await server?.end('SIGKILL', 1_000)
    },
    freeze: () => signalFamily(server, 'SIGSTOP'),
    thaw: () => signalFamily(server, 'SIGCONT'),
    remove,
  }
}

function initialise(bin: string, folder: string, data: string, user: ServerUser, durable: boolean): void {
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (process.getuid?.() === 0) chownSync(passwordFile, user.uid, user.gid)
  // Created in another folder and then renamed, so that an interrupted first start leaves no incomplete cluster.
  const unfinished = `${data}.unfinished`
  rmSync(unfinished, { recursive: true, force: true })
  const args = ['-D', unfinished, '-U', role, `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--encoding=UTF8']
  const result = spawnSync(join(bin, 'initdb'), [...args, '--locale=C.UTF-8', ...(durable ? [] : ['--no-sync'])], {
    cwd: folder,
    env: { PATH: programFolders.join(':'), HOME: folder },
    encoding: 'utf8',
    ...(process.getuid?.() === 0 ? { uid: user.uid, gid: user.gid } : {}),
  })
  rmSync(passwordFile)
  if (result.status !== 0) throw new Error(`initdb failed in ${folder}:\n${result.stdout}${result.stderr}`)
  renameSync(unfinished, data)
}

/**
 * Options of a test server. Without fsync, because tests need not survive a power failure. With commit timestamps, because
 * tests measure how long a change takes to reach the services.
 */
const forTests = {
  fsync: 'off',
  // The hundred databases of a test run live too short to need a vacuum.
  autovacuum: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '4GB',
  checkpoint_timeout: '1h',
  track_commit_timestamp: 'on',
}

function spawnServer(
  bin: string,
  folder: string,
  port: number,
  log: string,
  user: ServerUser,
  durable: boolean,
): BoundProcess {
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    // sockaddr_un has space for 107 characters. If the path is longer, the server has no socket.
    unix_socket_directories: folder.length < 80 ? folder : '',
    max_connections: '200',
    log_min_messages: 'warning',
    ...(durable ? {} : forTests),
  }
  return spawnBound({
    command: join(bin, 'postgres'),
    args: [
      '-D',
      join(folder, 'data'),
      ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
    ],
    cwd: folder,
    environment: { PATH: programFolders.join(':'), HOME: folder, TZ: 'UTC' },
    log,
    user,
    deathSignal: 'INT',
  })
}

/**
 * Deletes an old postmaster.pid. If its process has ended and another process now has the same number, the server would
 * not start.
 */
function forgetStalePid(data: string): void {
  const file = join(data, 'postmaster.pid')
  if (!existsSync(file)) return
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0])
  const isPostgres = identifyProcess(pid) !== undefined && isServerOf(pid, data)
  if (!isPostgres) rmSync(file)
}

function isServerOf(pid: number, data: string): boolean {
  const command = `/proc/${pid}/cmdline`
  return !existsSync(command) || readFileSync(command, 'utf8').split('\0').includes(data)
}

async function connectOnce(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
  client.on('error', () => {})
  await client.connect()
  await client.end()
}

async function ensureDatabase(adminUrl: string, database: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl })
  await client.connect()
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [database])
    if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(database)}`)
  } finally {
    await client.end()
  }
}

function endOfFile(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(-15).join('\n') : ''
}
