import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'

import { askForText } from '../client/http-request.ts'
import type { Logger } from '../process/logger.ts'
import { problems } from '../process/problem.ts'

/** Finds the public key that a token names by its `kid`. */
export interface VerificationKeys {
  /** @throws {Problem} 401 for a `kid` that is not known, 503 while no key could ever be read. */
  find(kid: string | undefined): Promise<KeyObject>
}

interface KeySet {
  keys: (JsonWebKey & { kid?: string })[]
}

/** Services start together: auth-service may listen a moment later. */
const FIRST_RETRY_MS = 1_000

interface RemoteKeysOptions {
  /** Where the JWKS (RFC 7517) lies. */
  url: string
  logger: Logger
  /** Read again in the background when older than this. */
  maxAgeMs?: number
  /** An unknown `kid` makes us read again, at most this often: forged tokens must not become a load. */
  minIntervalMs?: number
}

/**
 * The keys of auth-service: read at once and until they are there, cached, refreshed for an unknown `kid`, and served
 * stale while auth-service is away, also where nobody has brought a token before it went.
 */
export function createRemoteKeys({
  url,
  logger,
  maxAgeMs = 600_000,
  minIntervalMs = 60_000,
}: RemoteKeysOptions): VerificationKeys {
  let keys = new Map<string, KeyObject>()
  let readAt = 0
  let triedAt = 0
  let reading: Promise<void> | undefined

  async function read(): Promise<void> {
    triedAt = Date.now()
    const answer = await askForText(new URL(url), { signal: AbortSignal.timeout(3_000) })
    if (!answer.isOk) throw new Error(`The key set answered ${answer.status}`)
    keys = asKeyObjects(JSON.parse(answer.text) as KeySet)
    readAt = Date.now()
  }

  /** One reading at a time; whoever asks meanwhile waits for the same. */
  function refresh(): Promise<void> {
    reading ??= read()
      .catch((error: unknown) => logger.warn({ event: 'keys.unreadable', url, error }))
      .finally(() => (reading = undefined))
    return reading
  }

  async function readFirst(): Promise<void> {
    for (;;) {
      await refresh()
      if (readAt > 0) return
      // Nothing that stops waits for it.
      await pause(FIRST_RETRY_MS, undefined, { ref: false })
    }
  }
  void readFirst()

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
