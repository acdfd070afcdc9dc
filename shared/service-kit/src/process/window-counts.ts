interface Count {
  totalHits: number
  /** The end of the window. */
  resetTime: Date
}

/** Counts of events, each key in windows of its own. It has the methods of a store of express-rate-limit. */
export interface WindowCounts {
  increment(key: string): Count
  decrement(key: string): void
  resetKey(key: string): void
  /** The count of the current window. */
  get(key: string): Count | undefined
  size(): number
}

/**
 * Counts events in memory. The window of a key begins with its first event, and the next one with the first event after
 * its end. At most `maxKeys` keys are stored: if there are more, the keys that were not used for the longest time are
 * counted from zero.
 *
 * It needs no timer: counts are in two generations, and each change of generations discards the older one.
 */
export function createWindowCounts({ windowMs, maxKeys }: { windowMs: number; maxKeys: number }): WindowCounts {
  let younger = new Map<string, Count>()
  let older = new Map<string, Count>()
  let changedAt = Date.now()

  function changeGenerations(): void {
    older = younger
    younger = new Map()
    changedAt = Date.now()
  }

  /** The count of a key, moved to the younger generation. */
  function find(key: string): Count | undefined {
    // The older generation was not used since the last change, so all its windows have ended.
    if (Date.now() - changedAt >= windowMs) changeGenerations()
    const count = younger.get(key) ?? older.get(key)
    const leftMs = count ? count.resetTime.getTime() - Date.now() : 0
    // More than a window is left if the clock was set back.
    if (count && leftMs > 0 && leftMs <= windowMs) {
      if (older.delete(key)) younger.set(key, count)
      return count
    }
    younger.delete(key)
    older.delete(key)
    return undefined
  }

  return {
    increment(key) {
      const count = find(key) ?? { totalHits: 0, resetTime: new Date(Date.now() + windowMs) }
      count.totalHits += 1
      if (!younger.has(key)) {
        if (younger.size >= maxKeys / 2) changeGenerations()
        younger.set(key, count)
      }
      return count
    },
    decrement(key) {
      const count = find(key)
      if (count && count.totalHits > 0) count.totalHits -= 1
    },
    resetKey(key) {
      younger.delete(key)
      older.delete(key)
    },
    get: find,
    size: () => younger.size + older.size,
  }
}

/** The seconds until a window ends, for `Retry-After`; at least 1. */
export const secondsUntil = (time: Date): number => Math.max(1, Math.ceil((time.getTime() - Date.now()) / 1_000))
