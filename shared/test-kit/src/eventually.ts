import { setTimeout as pause } from 'node:timers/promises'

/**
 * Tries until it succeeds, and answers what it then answered.
 *
 * @param attempt throws, or has an expectation that throws, as long as it is too early
 * @param limitMs how long to try
 * @param everyMs pause between two tries, 50 ms unless told
 * @throws what the last attempt threw
 */
export async function eventually<T>(
  attempt: () => T | Promise<T>,
  { limitMs, everyMs = 50 }: { limitMs: number; everyMs?: number },
): Promise<T> {
  const end = performance.now() + limitMs
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (performance.now() >= end) throw error
    }
    await pause(everyMs)
  }
}
