const FIRST_MS = 1_000
const LONGEST_MS = 30_000

/**
 * How long to wait after so many failures in a row: twice as long each time, and up to half of it by chance, so that
 * replicas do not come back all at once.
 *
 * @returns milliseconds
 */
export function backoff(failures: number): number {
  const longest = Math.min(FIRST_MS * 2 ** (failures - 1), LONGEST_MS)
  return longest * (0.5 + Math.random() / 2)
}
