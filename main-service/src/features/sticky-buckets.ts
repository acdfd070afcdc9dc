import { isDatabaseAway } from '@likeness/postgres'
import { createMemory, type Logger } from '@likeness/service-kit/process'
import pTimeout from 'p-timeout'

import type { Maindb } from '../maindb.ts'
import { findBuckets, insertBuckets, type Buckets, type NewBucket } from './bucket-rows.ts'

export interface StickyBuckets {
  /** What is kept of a person; nothing where maindb does not say so in time, which is no reason not to evaluate. */
  of(userId: string): Promise<Buckets>
  /** Keeps what was given besides `before`, soon. */
  keep(userId: string, before: Buckets, after: Buckets): void
  /** Writes what is waiting. */
  stop(): Promise<void>
}

const PEOPLE = 10_000
const KEPT_MS = 300_000
/** So long an evaluation waits for maindb. */
const LIMIT_MS = 500
/** After a failure, nobody waits for maindb again for this long. */
const PAUSE_MS = 5_000
const WRITE_AFTER_MS = 200
const BATCH = 500
/** Buckets that wait while maindb is away; beyond them the hash alone decides, which gives the same until weights change. */
const WAITING = 10_000
const FIELD = 500

/**
 * The buckets of people, from maindb: read once a person and remembered for five minutes, written behind in batches. An
 * evaluation never fails, and never waits long, because maindb is away.
 */
export function createStickyBuckets(maindb: Maindb, logger: Logger): StickyBuckets {
  const remembered = createMemory<Buckets>({ max: PEOPLE, keptMs: KEPT_MS })
  const reading = new Map<string, Promise<Buckets>>()
  const waiting = new Map<string, NewBucket>()
  let pausedUntil = 0
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()
  let isStopped = false

  async function read(userId: string): Promise<Buckets> {
    const buckets = { ...(await findBuckets(maindb, userId)), ...waitingOf(userId) }
    remembered.set(userId, buckets)
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
      // Another replica was first: what it kept is read with the next evaluation.
      for (const [name, { userId }] of batch) if (!won.has(name)) remembered.delete(userId)
      forget(batch)
      if (waiting.size > 0) writeSoon(0)
    } catch (error) {
      logger.warn({ event: 'features.buckets-unwritten', buckets: batch.length, error })
      if (!isDatabaseAway(error)) forget(batch)
      if (waiting.size > 0) writeSoon(PAUSE_MS)
    }
  }

  function forget(batch: [string, NewBucket][]): void {
    for (const [name, bucket] of batch) if (waiting.get(name) === bucket) waiting.delete(name)
  }

  return {
    async of(userId) {
      const known = remembered.get(userId)
      if (known) return known
      return Date.now() < pausedUntil ? waitingOf(userId) : readInTime(userId)
    },

    keep(userId, before, after) {
      const given = Object.entries(after).filter(([experiment, variation]) => before[experiment] !== variation)
      for (const [experiment, variation] of given) {
        if (waiting.size >= WAITING || experiment.length > FIELD || variation.length > FIELD) continue
        const name = nameOf(userId, experiment)
        waiting.set(name, { userId, experiment, variation, replaces: before[experiment] ?? null })
      }
      const known = remembered.get(userId)
      if (known) remembered.set(userId, { ...known, ...after })
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
