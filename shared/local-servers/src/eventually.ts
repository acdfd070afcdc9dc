import { setTimeout as pause } from 'node:timers/promises'

/**
 * Tries until it succeeds, and answers what it then answered.
 *
 * @param attempt throws, or has an expectation that throws, as long as it is too early
 * @param options.limitMs how long to try; an attempt that never ends does not prolong it
 * @param options.everyMs pause between two tries, 50 ms unless told
 * @throws what the last attempt threw
 */
export async function eventually<T>(
  attempt: () => T | Promise<T>,
  { limitMs, everyMs = 50 }: { limitMs: number; everyMs?: number },
): Promise<T> {
  let lastError: unknown = new Error(`The first attempt did not end within ${limitMs} ms`)
  const late = Symbol('late')
  const limit = new AbortController()
  const timeUp = pause(limitMs, late, { signal: limit.signal }).catch(() => late)
  try {
    for (;;) {
      try {
        const outcome = await Promise.race([timeUp, attempt()])
        if (outcome !== late) return outcome as T
      } catch (error) {
        lastError = error
      }
      if ((await Promise.race([timeUp, pause(everyMs)])) === late) throw lastError
    }
  } finally {
    limit.abort()
  }
}
