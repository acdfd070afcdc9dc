import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'

import { isUnreachable, requestText } from '../client/http-request.ts'
import { unwatched, type DependencyWatch } from '../process/dependency-watch.ts'
import type { Logger } from '../process/logger.ts'
import { problems } from '../process/problem.ts'
import { repeat } from '../process/repeat.ts'
import { timeLimit } from '../process/time-limit.ts'

/** Finds the public key of a token by its `kid`. */
export interface VerificationKeys {
  /** @throws {Problem} 401 for an unknown `kid`, 503 until the keys were read once */
  find(kid: string | undefined): Promise<KeyObject>
}

interface KeySet {
  keys: (JsonWebKey & { kid?: string })[]
}

/** Short, because the services start together and auth-service is usually available a moment later. */
const FIRST_RETRY_MS = 1_000

interface RemoteKeysOptions {
  /** The URL of the JWKS (RFC 7517). */
  url: string
  logger: Logger
  /** Logs the outages of auth-service; default: nothing is logged. */
  watch?: DependencyWatch
  /** Keys older than this are read again in the background; default 10 minutes. */
  maxAgeMs?: number
  /** Minimum time between reads for unknown `kid`s, so that forged tokens do not cause many reads; default 1 minute. */
  minIntervalMs?: number
}

/**
 * The keys of auth-service. Reads them at the start, retries until the first success, and caches them. Reads them again
 * for an unknown `kid`. While auth-service is unavailable, the cached keys stay in use.
 */
export function createRemoteKeys({
  url,
  logger,
  watch = unwatched,
  maxAgeMs = 600_000,
  minIntervalMs = 60_000,
}: RemoteKeysOptions): VerificationKeys {
  let keys = new Map<string, KeyObject>()
  let readAt = 0
  let triedAt = 0
  let reading: Promise<void> | undefined

  async function read(): Promise<void> {
    triedAt = Date.now()
    const answer = await requestText(new URL(url), { signal: timeLimit(3_000) }).catch((error: unknown) => {
      if (isUnreachable(error)) watch.failed(error)
      throw error
    })
    watch.succeeded()
    if (!answer.isOk) throw new Error(`${url} returned ${answer.status}`)
    keys = asKeyObjects(JSON.parse(answer.text) as KeySet)
    readAt = Date.now()
  }

  /** Concurrent callers wait for the same read. */
  function refresh(): Promise<void> {
    reading ??= read()
      .catch((error: unknown) => logger.warn({ event: 'keys.unreadable', url, error }))
      .finally(() => (reading = undefined))
    return reading
  }

  const readingFirst = repeat({
    async work() {
      await refresh()
      if (readAt > 0) void readingFirst.stop()
    },
    everyMs: FIRST_RETRY_MS,
    keepsProcess: false,
    onError: (error) => logger.error({ event: 'keys.failed', error }),
  })

  return {
    async find(kid = '') {
      const neverRead = readAt === 0
      const sinceTry = Date.now() - triedAt
      if (neverRead) {
        if (reading || sinceTry > 500) await refresh()
      } else if (!keys.has(kid) && sinceTry > minIntervalMs) await refresh()
      else if (Date.now() - readAt > maxAgeMs && sinceTry > minIntervalMs) void refresh()

      const key = keys.get(kid)
      if (key) return key
      if (readAt === 0) throw problems.unavailable('auth-service')
      throw problems.tokenInvalid()
    },
  }
}

function asKeyObjects({ keys }: KeySet): Map<string, KeyObject> {
  return new Map(keys.map((jwk) => [jwk.kid ?? '', createPublicKey({ key: jwk, format: 'jwk' })]))
}
