import { setTimeout as pause } from 'node:timers/promises'

import pTimeout from 'p-timeout'

/**
 * Repeats an attempt until it succeeds, and returns its result.
 *
 * @param attempt throws, or contains an expectation that throws, until the expected state is reached
 * @param options.limitMs time limit for all attempts; an attempt that never ends does not extend it
 * @param options.everyMs pause between two attempts; default 50 ms
 * @throws the error of the last attempt
 */
export async function eventually<T>(
  attempt: () => T | Promise<T>,
  { limitMs, everyMs = 50 }: { limitMs: number; everyMs?: number },
): Promise<T> {
  let lastError: unknown = new Error(`The first attempt did not end within ${limitMs} ms`)
  const limit = new AbortController()
  const tryAgain = async (): Promise<T> => {
    for (;;) {
      try {
        return await attempt()
      } catch (error) {
        lastError = error
      }
      await pause(everyMs, undefined, { signal: limit.signal })
    }
  }
  const fail = (): never => {
    throw lastError
  }
  try {
    // p-timeout rejects 0.
    return await pTimeout(tryAgain(), { milliseconds: Math.max(1, limitMs), fallback: fail })
  } finally {
    limit.abort()
  }
}
