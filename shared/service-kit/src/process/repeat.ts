import { setTimeout as pause } from 'node:timers/promises'

import type { BackgroundTask } from './lifecycle.ts'

interface Repetition {
  /**
   * One round of the work. Rounds never overlap.
   *
   * @param stopping aborts when the task is to stop
   * @returns milliseconds until the next round, 0 for at once; `everyMs` where it returns nothing
   */
  work(stopping: AbortSignal): Promise<number | void>
  /** Milliseconds between the end of a round and the next one. */
  everyMs: number
  /** Ends a pause early: rings when there is something to do. */
  bell?: { wait(limitMs: number, stopping: AbortSignal): Promise<void> }
  /** False for work that nobody stops: its pauses do not keep the process alive. */
  keepsProcess?: boolean
  /** Gets the error of a round. The next round follows after `everyMs`. */
  onError(error: unknown): void
}

/** Repeats work in the background until it is stopped: the first round at once. A round that fails ends nothing. */
export function repeat({ work, everyMs, bell, keepsProcess = true, onError }: Repetition): BackgroundTask {
  const stopping = new AbortController()
  const { signal } = stopping

  async function run(): Promise<void> {
    while (!signal.aborted) {
      const waitMs = await round()
      if (waitMs === 0) continue
      if (bell) await bell.wait(waitMs, signal)
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
