import { setTimeout as pause } from 'node:timers/promises'

import { revocationEndpoints, type Revocation, type RevocationPage, type UserClaims } from '@likeness/internal-api'
import { Gauge } from 'prom-client'

import { call } from '../client/call.ts'
import type { ServiceClient } from '../client/service-client.ts'
import type { BackgroundTask } from '../process/lifecycle.ts'
import type { Logger } from '../process/logger.ts'
import type { Metrics } from '../process/metrics.ts'
import { problems, type Problem } from '../process/problem.ts'
import { repeat } from '../process/repeat.ts'

/** What is known to be revoked. */
export interface Revocations {
  /** Why a token with a good signature does not stand; 503 as long as nothing could be read. */
  refusal(claims: UserClaims): Problem | undefined
  take(entries: Revocation[]): void
}

/** Longer than any access token lasts (ACCESS_TOKEN_SECONDS is at most 3,600): what is older refuses nobody. */
const KEPT_MS = 2 * 3_600_000
const SWEEP_MS = 60_000

interface Known {
  minEpoch: number
  /** By a clock that nobody sets (`performance.now()`). */
  takenAt: number
}

/** An empty memory of revocations; epochs only grow in it, so an entry may come late, twice or in any order. */
export function createRevocations(): Revocations & { readonly size: number } {
  const known = {
    user: new Map<string, Known>(),
    role: new Map<string, Known>(),
    session: new Map<string, Known>(),
    key: new Map<string, Known>(),
  }
  let hasSnapshot = false
  let sweptAt = performance.now()

  const isBelow = (kind: keyof typeof known, id: string, epoch: number) => epoch < (known[kind].get(id)?.minEpoch ?? 0)

  function sweep(now: number): void {
    if (now - sweptAt < SWEEP_MS) return
    sweptAt = now
    for (const entries of Object.values(known)) {
      for (const [id, { takenAt }] of entries) if (now - takenAt > KEPT_MS) entries.delete(id)
    }
  }

  return {
    get size() {
      return Object.values(known).reduce((total, entries) => total + entries.size, 0)
    },
    refusal({ sub, sid, key, epoch, roleEpochs }) {
      if (!hasSnapshot) return problems.unavailable('revocations')
      if (key !== undefined && isBelow('key', key, 0)) return problems.keyRevoked()
      if (sid !== undefined && isBelow('session', sid, 0)) return problems.sessionEnded()
      if (isBelow('user', sub, epoch)) return problems.tokenStale()
      for (const role in roleEpochs) if (isBelow('role', role, roleEpochs[role] ?? 0)) return problems.tokenStale()
      return undefined
    },
    take(entries) {
      const now = performance.now()
      for (const { kind, id, minEpoch } of entries) {
        const before = known[kind].get(id)?.minEpoch ?? 0
        known[kind].set(id, { minEpoch: Math.max(before, minEpoch), takenAt: now })
      }
      hasSnapshot = true
      sweep(now)
    },
  }
}

interface FollowOptions {
  /**
   * Reads what has come since a cursor, or a snapshot without one; waits up to `waitSeconds` for something to come.
   *
   * @throws {Problem} 422 for a cursor that cannot be read (any more).
   */
  read(after: string | undefined, waitSeconds: number, signal: AbortSignal): Promise<RevocationPage>
  logger: Logger
  metrics: Metrics
}

/** Reads the feed from a service that answers it. */
export function revocationsFrom(service: ServiceClient): FollowOptions['read'] {
  return (after, wait, signal) =>
    call(service, revocationEndpoints.follow, { query: { after, wait }, signal, limitMs: (wait + 4) * 1_000 })
}

/** Somebody who follows the feed. */
export interface RevocationFollower extends Pick<Revocations, 'refusal'>, BackgroundTask {
  /** For `/readyz`. @throws while the feed could not be read for 5 s. */
  check(): Promise<void>
  /**
   * What a token must wait for after the start: resolves once the feed was read, or 2 s after the start. Undefined from
   * then on. A token that was waiting is verified then; while the feed was never read, `refusal` answers 503.
   */
  starting(): Promise<void> | undefined
}

/** How long after its start a service keeps tokens waiting rather than refuse them, while the feed was not read yet. */
const FIRST_WORD_MS = 2_000

const WAIT_SECONDS = 10
/** Between two readings, whatever they brought: a feed that always has something must not become a load. */
const BREATH_MS = 200
const RETRY_MS = 1_000
/** Services start together: the one that is asked may listen a moment later, which is nothing to warn of. */
const FIRST_RETRY_MS = 200
const START_MS = 10_000
/** Entries that one log line lists at most; it counts the others. */
const MOST_LOGGED = 100

/**
 * Follows the feed of revocations until it is stopped: a snapshot, then what comes. While the feed is away, what is
 * known holds, and the gap is caught up from the cursor.
 */
export function followRevocations({ read, logger, metrics }: FollowOptions): RevocationFollower {
  const known = createRevocations()
  const hasRead = new AbortController()
  const startedAt = performance.now()
  let readAt: number | undefined
  let cursor: string | undefined
  let isAway = false
  let isToldAway = false

  const secondsSince = () => (readAt === undefined ? Number.POSITIVE_INFINITY : (performance.now() - readAt) / 1_000)
  new Gauge({
    name: 'revocations_known',
    help: 'Users, roles, sessions and keys with an epoch below which tokens are refused.',
    registers: [metrics],
    collect() {
      this.set(known.size)
    },
  })
  new Gauge({
    name: 'revocations_age_seconds',
    help: 'Seconds since the feed of revocations was last read; it waits up to 10 s for something to come.',
    registers: [metrics],
    collect() {
      this.set(secondsSince())
    },
  })

  /** The line's time is when this service began to refuse: compare it with the time of the change. */
  function logApplied(entries: Revocation[]): void {
    if (entries.length === 0) return
    const isSnapshot = cursor === undefined
    const logged = entries.slice(0, MOST_LOGGED)
    logger.info({ event: 'revocations.applied', isSnapshot, count: entries.length, entries: logged })
  }

  async function readOnce(stopping: AbortSignal): Promise<number> {
    try {
      const page = await read(cursor, cursor === undefined ? 0 : WAIT_SECONDS, stopping)
      known.take(page.entries)
      logApplied(page.entries)
      cursor = page.cursor
      readAt = performance.now()
      hasRead.abort()
      if (isToldAway) logger.info({ event: 'revocations.caught-up', entries: page.entries.length })
      isAway = false
      isToldAway = false
      return BREATH_MS
    } catch (error) {
      if (stopping.aborted) return 0
      isAway = true
      const isStarting = readAt === undefined && performance.now() - startedAt < START_MS
      if (!isToldAway && !isStarting) {
        logger.warn({ event: 'revocations.away', error })
        isToldAway = true
      }
      // A cursor that cannot be read is of another database: begin anew. What is known stays.
      if ((error as Partial<Problem>).status === 422) cursor = undefined
      return readAt === undefined ? FIRST_RETRY_MS : RETRY_MS
    }
  }

  let starting: Promise<void> | undefined = pause(FIRST_WORD_MS, undefined, { signal: hasRead.signal, ref: false })
    .catch(() => undefined)
    .then(() => (starting = undefined))
  const following = repeat({
    work: readOnce,
    everyMs: RETRY_MS,
    onError: (error) => logger.error({ event: 'revocations.failed', error }),
  })
  return {
    refusal: known.refusal,
    async check() {
      if (isAway || secondsSince() > WAIT_SECONDS + 5) throw new Error('The feed of revocations cannot be read')
    },
    starting: () => starting,
    async stop() {
      hasRead.abort()
      await following.stop()
    },
  }
}
