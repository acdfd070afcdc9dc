import { isDatabaseUnavailable } from '@likeness/postgres'
import { createCache, type Logger } from '@likeness/service-kit/process'
import pTimeout from 'p-timeout'

import type { Maindb } from '../maindb.ts'
import { findBuckets, insertBuckets, type Buckets, type NewBucket } from './bucket-rows.ts'

export interface StickyBuckets {
  /**
   * The stored buckets of a user. Empty if maindb does not reply in time: then the evaluation continues without them.
   */
  of(userId: string): Promise<Buckets>
  /** Stores the buckets of `after` that differ from `before`, in the background. */
  keep(userId: string, before: Buckets, after: Buckets): void
  /** Writes the pending buckets. */
  stop(): Promise<void>
}

const CACHED_USERS = 10_000
const CACHED_MS = 300_000
/** Maximum time that an evaluation waits for maindb. */
const LIMIT_MS = 500
/** Time after a failure during which no evaluation waits for maindb. */
const PAUSE_MS = 5_000
const WRITE_AFTER_MS = 200
const BATCH = 500
/**
 * Maximum number of buckets that wait to be written. Further buckets are not stored. For them, GrowthBook's hash
 * determines the variation, which stays the same until the weights change.
 */
const MAX_WAITING = 10_000
/** Maximum length of the name of an experiment or a variation. */
const MAX_LENGTH = 500

/**
 * The buckets of users in maindb. Reads are cached for five minutes per user, and writes are batched. While maindb is
 * unavailable, evaluations do not fail, and wait at most 500 ms.
 */
export function createStickyBuckets(maindb: Maindb, logger: Logger): StickyBuckets {
  const cached = createCache<Buckets>({ max: CACHED_USERS, ttlMs: CACHED_MS })
  const reading = new Map<string, Promise<Buckets>>()
  const waiting = new Map<string, NewBucket>()
  let pausedUntil = 0
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()
  let isStopped = false

  async function read(userId: string): Promise<Buckets> {
    const buckets = { ...(await findBuckets(maindb, userId)), ...waitingOf(userId) }
    cached.set(userId, buckets)
    return buckets
  }

  const waitingOf = (userId: string): Buckets =>
    Object.fromEntries(
      [...waiting.values()]
        .filter((bucket) => bucket.userId === userId)
        .map(({ experiment, variation }) => [experiment, variation]),
    )

  async function readInTime(userId: string): Promise<Buckets> {
    const answer = reading.get(userId) ?? read(userId).finally(() => reading.delete(userId))
    reading.set(userId, answer)
    try {
      return await pTimeout(answer, { milliseconds: LIMIT_MS })
    } catch (error) {
      answer.catch(() => undefined)
      pausedUntil = Date.now() + PAUSE_MS
      logger.warn({ event: 'features.buckets-unread', error })
      return {}
    }
  }

  function writeSoon(ms: number): void {
    if (isStopped || timer) return
    timer = setTimeout(() => {
      timer = undefined
      writing = write()
    }, ms)
  }

  async function write(): Promise<void> {
    const batch = [...waiting].slice(0, BATCH)
    if (batch.length === 0) return
    try {
      const kept = await insertBuckets(
        maindb,
        batch.map(([, bucket]) => bucket),
      )
      const won = new Set(kept.map(({ userId, experiment }) => nameOf(userId, experiment)))
      // Another replica stored a bucket first. The next evaluation reads it.
      for (const [name, { userId }] of batch) if (!won.has(name)) cached.delete(userId)
      forget(batch)
      if (waiting.size > 0) writeSoon(0)
    } catch (error) {
      logger.warn({ event: 'features.buckets-unwritten', buckets: batch.length, error })
      if (!isDatabaseUnavailable(error)) forget(batch)
      if (waiting.size > 0) writeSoon(PAUSE_MS)
    }
  }

  function forget(batch: [string, NewBucket][]): void {
    for (const [name, bucket] of batch) if (waiting.get(name) === bucket) waiting.delete(name)
  }

  return {
    async of(userId) {
      const known = cached.get(userId)
      if (known) return known
      return Date.now() < pausedUntil ? waitingOf(userId) : readInTime(userId)
    },

    keep(userId, before, after) {
      const given = Object.entries(after).filter(([experiment, variation]) => before[experiment] !== variation)
      for (const [experiment, variation] of given) {
        if (waiting.size >= MAX_WAITING || experiment.length > MAX_LENGTH || variation.length > MAX_LENGTH) continue
        const name = nameOf(userId, experiment)
        waiting.set(name, { userId, experiment, variation, replaces: before[experiment] ?? null })
      }
      const known = cached.get(userId)
      if (known) cached.set(userId, { ...known, ...after })
      writeSoon(WRITE_AFTER_MS)
    },

    async stop() {
      isStopped = true
      clearTimeout(timer)
      await writing
      while (waiting.size > 0) {
        const before = waiting.size
        await write()
        if (waiting.size >= before) return
      }
    },
  }
}

const nameOf = (userId: string, experiment: string) => `${userId} ${experiment}`
