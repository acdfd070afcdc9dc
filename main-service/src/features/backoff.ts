const FIRST_MS = 1_000
const LONGEST_MS = 30_000

/**
 * The delay after consecutive failures. It doubles with each failure, and up to half of it is random, so that replicas
 * do not retry at the same moment.
 *
 * @returns milliseconds
 */
export function backoff(failures: number): number {
  const longest = Math.min(FIRST_MS * 2 ** (failures - 1), LONGEST_MS)
  return longest * (0.5 + Math.random() / 2)
}
