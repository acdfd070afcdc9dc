import { LRUCache } from 'lru-cache'

import { Problem, problems } from '../process/problem.ts'
import { createWindowCounts, secondsUntil } from '../process/window-counts.ts'
import { apiKeyPattern, hashApiKey } from './api-key.ts'

/** An access token for an API key. */
export interface KeyToken {
  token: string
  /** Seconds until it expires. */
  expiresIn: number
}

/** @throws {Problem} 401 for an invalid, expired or revoked key, 503 if auth-service is unavailable */
export type KeyExchange = (key: string) => Promise<KeyToken>

export interface KeyTokens {
  /**
   * The access token for a key, cached or exchanged.
   *
   * @throws {Problem} the error of the exchange, or 429 if the client's network sent too many wrong keys
   */
  tokenFor(key: string, request?: KeyRequest): Promise<string>
  /** The cached access token for a key. */
  knownToken(key: string): string | undefined
}

interface KeyRequest {
  /** The network of the client, for the limit of wrong keys. */
  network?: string
  /** The token that was just rejected; another one is requested. */
  rejectedToken?: string
}

/** Maximum number of valid keys and of rejected keys in the cache: about 1 KB per key. */
const CACHE_SIZE = 5_000
/** A token is replaced this long before it expires, so that it does not expire on its way to another service. */
const RENEW_BEFORE_MS = 30_000
/** Time for which a rejected key is not sent to auth-service again. */
const REJECTED_MS = 5_000
/**
 * Maximum number of different wrong keys from one network in a minute. Each one costs requests to auth-service and
 * main-service and a query, where a forged token only costs a check of its signature.
 */
const MAX_WRONG_KEYS = 300
const MINUTE_MS = 60_000
/** Networks whose wrong keys are counted at the same time. */
const MAX_NETWORKS = 10_000

interface CachedToken {
  token: string
  /** By a monotonic clock (`performance.now()`). */
  renewAt: number
}

/**
 * Gets access tokens for API keys, and caches them by the hash of the key. A client that sends its key with each request
 * causes one exchange every 15 minutes. Concurrent requests with one key share one exchange.
 */
export function createKeyTokens(exchange: KeyExchange): KeyTokens {
  const cached = new LRUCache<string, CachedToken>({ max: CACHE_SIZE })
  const rejected = new LRUCache<string, Problem>({ max: CACHE_SIZE, ttl: REJECTED_MS })
  const pending = new Map<string, Promise<string>>()
  const wrongKeys = createWindowCounts({ windowMs: MINUTE_MS, maxKeys: MAX_NETWORKS })

  async function request(key: string, hash: string, network: string): Promise<string> {
    const wrong = wrongKeys.get(network)
    if (wrong && wrong.totalHits >= MAX_WRONG_KEYS) throw problems.tooManyRequests(secondsUntil(wrong.resetTime))
    try {
      const { token, expiresIn } = await exchange(key)
      const lastsMs = expiresIn * 1_000
      const renewAt = performance.now() + lastsMs - Math.min(RENEW_BEFORE_MS, lastsMs / 2)
      cached.set(hash, { token, renewAt }, { ttl: lastsMs })
      return token
    } catch (error) {
      if (error instanceof Problem && error.status === 401) {
        wrongKeys.increment(network)
        cached.delete(hash)
        rejected.set(hash, error)
      }
      throw error
    }
  }

  return {
    knownToken: (key) => (apiKeyPattern.test(key) ? cached.get(hashApiKey(key))?.token : undefined),
    async tokenFor(key, { network = '', rejectedToken } = {}) {
      if (!apiKeyPattern.test(key)) throw problems.keyInvalid()
      const hash = hashApiKey(key)
      const rejection = rejected.get(hash)
      if (rejection) throw rejection
      const found = cached.get(hash)
      const known = found?.token === rejectedToken ? undefined : found
      if (known && performance.now() < known.renewAt) return known.token

      const exchanged = pending.get(hash) ?? request(key, hash, network).finally(() => pending.delete(hash))
      pending.set(hash, exchanged)
      try {
        return await exchanged
      } catch (error) {
        // No new token can be requested now, but the known token is valid until it expires.
        if (known && error instanceof Problem && [429, 503].includes(error.status)) return known.token
        throw error
      }
    },
  }
}
