import { Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { eventually, spawnBound, signalFamily } from '@likeness/local-servers'

import { bareEnvironment, repository } from './test-run.ts'

/** One line of a service's log. */
export type LogLine = Record<string, unknown> & { event?: string }

/** How one deployable is started as a process of its own. */
export interface ServiceOptions {
  /** Its folder in the repository, such as `media-worker`. */
  folder: string
  /** All that configures it; nothing of the caller's environment reaches it but PATH and HOME. */
  environment: Record<string, string>
  /** Where it says that it is ready: 200 ends the waiting. */
  readyUrl: string
  /** How long it may take to be ready, 20 s unless told. */
  limitMs?: number
  /** Runs what `npm run build` has left, as the images do, in place of the sources; what the run has made unless told. */
  built?: boolean | undefined
}

/** A running deployable. */
export interface ServiceProcess {
  pid: number
  /** What it has logged so far; a line that is no JSON stands under `msg`. */
  log: LogLine[]
  isRunning(): boolean
  exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  /** TERM, as an operator stops it; after 45 s it is killed. */
  stop(): Promise<void>
  /** KILL: it can finish nothing. */
  kill(): Promise<void>
  /** Stops it in its tracks, with all that it started. */
  freeze(): void
  thaw(): void
}

/** Whether this run has built everything first: a process from its build starts in half the time. */
export const isBuilt = () => process.env['LIKENESS_BUILT'] === 'yes'

const fromSources = ['--conditions=source', '--import', 'tsx', 'src/main.ts']
/** With the flags of the images. */
const fromBuild = ['--enable-source-maps', '--expose-gc', 'dist/main.js']

/**
 * Starts a deployable, from its sources unless told, and waits until it is ready. It dies with the process that started
 * it, whatever ends that one.
 *
 * @throws Error with the last lines of its log when it ends, or is not ready within the limit
 */
export async function startService(options: ServiceOptions): Promise<ServiceProcess> {
  const child = spawnBound({
    command: process.execPath,
    args: (options.built ?? isBuilt()) ? fromBuild : fromSources,
    cwd: join(repository, options.folder),
    environment: { ...bareEnvironment(), ...options.environment },
    deathSignal: 'KILL',
  })
  const log: LogLine[] = []
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface({ input: stream }).on('line', (line) => log.push(readLogLine(line)))
    // A jest worker that keeps a system ends when its work is done; the system then ends with it.
    if (stream instanceof Socket) stream.unref()
  }
  const service: ServiceProcess = {
    pid: child.pid,
    log,
    isRunning: child.isRunning,
    exited: child.exited,
    stop: async () => {
      signalFamily(child, 'SIGCONT')
      await child.end('SIGTERM', 45_000)
    },
    kill: () => child.end('SIGKILL', 1_000),
    freeze: () => signalFamily(child, 'SIGSTOP'),
    thaw: () => signalFamily(child, 'SIGCONT'),
  }
  const tail = () =>
    log
      .slice(-15)
      .map((line) => JSON.stringify(line))
      .join('\n')
  const ready = await eventually(
    async () => {
      if (!child.isRunning()) return false
      const response = await fetch(options.readyUrl, { signal: AbortSignal.timeout(2_000) })
      if (!response.ok) throw new Error(`${options.readyUrl} answers ${response.status}: ${await response.text()}`)
      return true
    },
    { limitMs: options.limitMs ?? 20_000, everyMs: 50 },
  ).catch(async (error: unknown) => {
    await service.kill()
    throw new Error(`${options.folder} was not ready in time:\n${tail()}`, { cause: error })
  })
  if (!ready) throw new Error(`${options.folder} ended while it started:\n${tail()}`)
  return service
}

function readLogLine(line: string): LogLine {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? (value as LogLine) : { msg: line }
  } catch {
    return { msg: line }
  }
}
