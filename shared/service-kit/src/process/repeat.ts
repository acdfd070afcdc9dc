import { setTimeout as pause } from 'node:timers/promises'

import type { BackgroundTask } from './lifecycle.ts'

interface Repetition {
  /**
   * One round of the work. Rounds never overlap.
   *
   * @param stopping aborts when the task must stop
   * @returns milliseconds until the next round, 0 for immediately; undefined means `everyMs`
   */
  work(stopping: AbortSignal): Promise<number | void>
  /** Milliseconds between the end of a round and the next one. */
  everyMs: number
  /** Ends a pause early, when there is work. */
  listener?: { wait(limitMs: number, stopping: AbortSignal): Promise<void> }
  /** False: the pauses do not keep the process alive. For a task that is never stopped. */
  keepsProcess?: boolean
  /** Called with the error of a failed round. The next round follows after `everyMs`. */
  onError(error: unknown): void
}

/**
 * Repeats a task in the background until it is stopped. The first round starts immediately. A failed round does not end
 * the loop.
 */
export function repeat({ work, everyMs, listener, keepsProcess = true, onError }: Repetition): BackgroundTask {
  const stopping = new AbortController()
  const { signal } = stopping

  async function run(): Promise<void> {
    while (!signal.aborted) {
      const waitMs = await round()
      if (waitMs === 0) continue
      if (listener) await listener.wait(waitMs, signal)
      else await pause(waitMs, undefined, { signal, ref: keepsProcess }).catch(() => undefined)
    }
  }

  async function round(): Promise<number> {
    try {
      return (await work(signal)) ?? everyMs
    } catch (error) {
      if (!signal.aborted) onError(error)
      return everyMs
    }
  }

  const running = run()
  return {
    async stop() {
      stopping.abort()
      await running
    },
  }
}
