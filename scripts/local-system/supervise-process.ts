import { once } from 'node:events'
import { basename } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'

import { spawnBound, type BoundProcess } from '@likeness/local-servers'

import type { LineOutput } from './console-lines.ts'
import type { Deployable } from './deployables.ts'

/** A supervised deployable. */
export interface SupervisedProcess {
  deployable: Deployable
  /** How often it ended unexpectedly. */
  crashes(): number
  /** Whether its readiness URL returns 200 now. */
  isReady(): Promise<boolean>
  /** Stops it gracefully and starts it again. */
  restart(reason: string): void
  stop(): Promise<void>
}

const firstPauseMs = 500
const longestPauseMs = 10_000
/** After this time, a process counts as stable and the next pause is short again. */
const steadyMs = 30_000
const stopLimitMs = 45_000

/** Time for the last output of a process that has ended to arrive. */
const lastOutputMs = 1_000

/**
 * Starts a deployable from its sources, and restarts it whenever it ends, after increasing pauses.
 *
 * @param onRefusal receives the reason if the process refuses to start, for example because a variable is wrong. Then it is
 *   not restarted, because nothing would change.
 */
export function superviseProcess(
  deployable: Deployable,
  repository: string,
  output: LineOutput,
  onRefusal: (reason: string) => void,
): SupervisedProcess {
  const { label, folder } = deployable
  let child: BoundProcess
  let pauseMs = firstPauseMs
  let crashes = 0
  let wantedEnd: 'none' | 'restart' | 'stop' = 'none'
  let timer: NodeJS.Timeout | undefined

  const launch = () => {
    wantedEnd = 'none'
    const startedAt = performance.now()
    child = spawnBound({
      command: process.execPath,
      args: ['--expose-gc', '--conditions=source', '--import', 'tsx', 'src/main.ts'],
      cwd: `${repository}/${deployable.folder}`,
      // As in the images, to save memory: the whole system runs on one machine, which can be small.
      environment: { MALLOC_ARENA_MAX: '1', ...process.env, ...deployable.environment },
      deathSignal: 'TERM',
    })
    const started = child
    const errors = relayOutput(started, (line) => output.relay(label, line))
    void started.exited.then(async ({ code, signal }) => {
      if (wantedEnd === 'stop') return
      if (wantedEnd === 'restart') return launch()
      // A service that refuses to start prints its name and the reason as plain text, and exits with 1.
      const printed = code === 1 ? await errors() : ''
      // It was stopped or restarted while its last output arrived.
      if (wantedEnd !== 'none' || child !== started) return
      if (printed.startsWith(`${basename(folder)}: `)) return onRefusal(printed)
      crashes += 1
      pauseMs = performance.now() - startedAt > steadyMs ? firstPauseMs : Math.min(pauseMs * 2, longestPauseMs)
      output.say(`${label} ended (${signal ?? `exit code ${code}`}). Restarting it in ${pauseMs / 1000} s`)
      timer = setTimeout(launch, pauseMs)
    })
  }
  launch()

  return {
    deployable,
    crashes: () => crashes,
    isReady: async () => {
      try {
        return child.isRunning() && (await fetch(deployable.readyUrl, { signal: AbortSignal.timeout(2_000) })).ok
      } catch {
        return false
      }
    },
    restart: (reason) => {
      output.say(`Restarting ${label}: ${reason}`)
      pauseMs = firstPauseMs
      if (child.isRunning()) {
        wantedEnd = 'restart'
        void child.end('SIGTERM', stopLimitMs)
        return
      }
      clearTimeout(timer)
      launch()
    },
    stop: async () => {
      wantedEnd = 'stop'
      clearTimeout(timer)
      await child.end('SIGTERM', stopLimitMs)
    },
  }
}

/** @returns a function that waits for the rest of the standard error, and returns its beginning */
function relayOutput(child: BoundProcess, relay: (line: string) => void): () => Promise<string> {
  const errors: string[] = []
  if (child.stdout) createInterface({ input: child.stdout }).on('line', relay)
  if (!child.stderr) return async () => ''
  const lines = createInterface({ input: child.stderr }).on('line', (line) => {
    relay(line)
    if (errors.length < 100) errors.push(line)
  })
  const ended = once(lines, 'close')
  return async () => {
    await Promise.race([ended, pause(lastOutputMs, undefined, { ref: false })])
    return errors.join('\n')
  }
}
