import { Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { eventually, spawnBound, signalFamily } from '@likeness/local-servers'

import { bareEnvironment, repository } from './test-run.ts'

/** A line in the log of a service. */
export type LogLine = Record<string, unknown> & { event?: string }

/** How to start a deployable as a child process. */
export interface ServiceOptions {
  /** Its folder in the repository, such as `media-worker`. */
  folder: string
  /** Its whole configuration. It inherits only PATH and HOME from the environment of the caller. */
  environment: Record<string, string>
  /** The URL of its readiness check; the start is complete when it returns 200. */
  readyUrl: string
  /** Milliseconds within which it must be ready; default 20 s. */
  limitMs?: number
  /**
   * Runs the output of `npm run build`, as the images do, instead of the sources. Default: the build of this run, if there
   * is one.
   */
  built?: boolean | undefined
  /** A program that starts it in another environment, with the arguments for this working directory, such as nsenter. */
  through?: ((cwd: string) => [command: string, ...args: string[]]) | undefined
}

/** A running deployable. */
export interface ServiceProcess {
  pid: number
  /** Its log lines so far. For a line that is not JSON, the text is in `msg`. */
  log: LogLine[]
  isRunning(): boolean
  exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  /** Sends SIGTERM, as an operator does, and kills it after 45 s. */
  stop(): Promise<void>
  /** Sends SIGKILL, so that it cannot finish anything. */
  kill(): Promise<void>
  /** Suspends it and all its descendants. */
  freeze(): void
  thaw(): void
}

/** Whether this run has built everything first. A process starts from its build in half the time. */
export const isBuilt = () => process.env['LIKENESS_BUILT'] === 'yes'

const fromSources = ['--conditions=source', '--import', 'tsx', 'src/main.ts']
/** The same flags as in the images. */
const fromBuild = ['--enable-source-maps', '--expose-gc', 'dist/main.js']

/**
 * Starts a deployable, from its sources by default, and waits until it is ready. It ends when the process that started it
 * ends, even if that process is killed.
 *
 * @throws Error with the last lines of its log if it ends or is not ready within the limit
 */
export async function startService(options: ServiceOptions): Promise<ServiceProcess> {
  const cwd = join(repository, options.folder)
  const node = [process.execPath, ...((options.built ?? isBuilt()) ? fromBuild : fromSources)]
  const [command = process.execPath, ...args] = [...(options.through?.(cwd) ?? []), ...node]
  const child = spawnBound({
    command,
    args,
    cwd,
    environment: { ...bareEnvironment(), ...options.environment },
    deathSignal: 'KILL',
  })
  const log: LogLine[] = []
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface({ input: stream }).on('line', (line) => log.push(readLogLine(line)))
    // A jest worker that keeps a system running ends after its last file, and the system ends with it.
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
      if (!response.ok) throw new Error(`${options.readyUrl} returned ${response.status}: ${await response.text()}`)
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
