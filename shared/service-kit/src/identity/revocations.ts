import { setTimeout as pause } from 'node:timers/promises'

import { revocationEndpoints, type Revocation, type RevocationPage, type UserClaims } from '@likeness/internal-api'
import { Gauge } from 'prom-client'

import { call } from '../client/call.ts'
import type { ServiceClient } from '../client/service-client.ts'
import { followFeed } from '../process/follow-feed.ts'
import type { BackgroundTask } from '../process/lifecycle.ts'
import type { Logger } from '../process/logger.ts'
import type { Metrics } from '../process/metrics.ts'
import { problems, type Problem } from '../process/problem.ts'

/** The known revocations. */
export interface Revocations {
  /** The reason to reject a token with a valid signature; 503 until the feed was read once. Undefined: it is accepted. */
  refusal(claims: UserClaims): Problem | undefined
  apply(entries: Revocation[]): void
}

/** Longer than any access token lives (ACCESS_TOKEN_SECONDS is at most 3,600), so older entries match no token. */
const KEPT_MS = 2 * 3_600_000
const SWEEP_MS = 60_000

interface Known {
  minEpoch: number
  /** By a monotonic clock (`performance.now()`). */
  takenAt: number
}

/** Creates an empty set of revocations. Epochs in it only increase, so entries may arrive late, twice or in any order. */
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
    apply(entries) {
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
   * Reads the entries since a cursor, or a snapshot without one. Waits up to `waitSeconds` for an entry.
   *
   * @throws {Problem} 422 if the feed does not know the cursor (any more)
   */
  read(after: string | undefined, waitSeconds: number, signal: AbortSignal): Promise<RevocationPage>
  logger: Logger
  metrics: Metrics
}

/** Reads the revocation feed from a service. */
export function revocationsFrom(service: ServiceClient): FollowOptions['read'] {
  return (after, wait, signal) =>
    call(service, revocationEndpoints.follow, { query: { after, wait }, signal, limitMs: (wait + 4) * 1_000 })
}

/** A follower of the revocation feed. */
export interface RevocationFollower extends Pick<Revocations, 'refusal'>, BackgroundTask {
  /** The check for `/readyz`. @throws while the feed cannot be read */
  check(): Promise<void>
  /**
   * The promise for which tokens wait after the start. It resolves once the feed was read, at the latest 2 s after the
   * start. Then this function returns undefined. Until the feed was read once, `refusal` returns 503.
   */
  starting(): Promise<void> | undefined
}

/** Milliseconds after the start for which a token waits until the feed was read; then it is rejected with 503. */
const FIRST_READ_MS = 2_000
/** `check` fails if the feed was not read for this long. A read waits up to 10 s for new entries. */
const STALE_SECONDS = 15
/** Maximum number of entries in one log line, which also has the total number. */
const MAX_LOGGED = 100

/**
 * Follows the revocation feed until it is stopped. While the feed cannot be read, the known revocations stay in force.
 */
export function followRevocations({ read, logger, metrics }: FollowOptions): RevocationFollower {
  const known = createRevocations()
  const hasRead = new AbortController()

  /** The time of the log line is the time when this service began to reject the tokens. */
  function logApplied(entries: Revocation[], isSnapshot: boolean): void {
    if (entries.length === 0) return
    const logged = entries.slice(0, MAX_LOGGED)
    logger.info({ event: 'revocations.applied', isSnapshot, count: entries.length, entries: logged })
  }

  let starting: Promise<void> | undefined = pause(FIRST_READ_MS, undefined, { signal: hasRead.signal, ref: false })
    .catch(() => undefined)
    .then(() => (starting = undefined))
  const feed = followFeed({
    name: 'revocations',
    read,
    apply({ entries }, after) {
      known.apply(entries)
      logApplied(entries, after === undefined)
      hasRead.abort()
    },
    logger,
  })
  measure(metrics, () => known.size, feed.secondsSinceRead)
  return {
    refusal: known.refusal,
    async check() {
      if (feed.isUnavailable() || feed.secondsSinceRead() > STALE_SECONDS) {
        throw new Error('The revocation feed cannot be read')
      }
    },
    starting: () => starting,
    async stop() {
      hasRead.abort()
      await feed.stop()
    },
  }
}

function measure(metrics: Metrics, size: () => number, age: () => number): void {
  new Gauge({
    name: 'likeness_revocations_known',
    help: 'Known revocations: users, roles, sessions and API keys whose older tokens are rejected.',
    registers: [metrics],
    collect() {
      this.set(size())
    },
  })
  new Gauge({
    name: 'likeness_revocations_age_seconds',
    help: 'Seconds since the revocation feed was last read. A read waits up to 10 s for new entries.',
    registers: [metrics],
    collect() {
      this.set(age())
    },
  })
}
