import { LRUCache } from 'lru-cache'

import { Problem, problems } from '../process/problem.ts'
import { apiKeyPattern, hashApiKey } from './api-key.ts'

/** An access token for an API key. */
export interface KeyToken {
  token: string
  /** Seconds until it expires. */
  expiresIn: number
}

/** @throws {Problem} 401 for an invalid, expired or revoked key, 503 when auth-service cannot answer */
export type KeyExchange = (key: string) => Promise<KeyToken>

export interface KeyTokens {
  /**
   * The access token for a key, cached or exchanged.
   *
   * @param refused the token that was just refused: another one is requested
   * @throws {Problem} the error of the exchange
   */
  tokenFor(key: string, refused?: string): Promise<string>
}

/** Maximum number of cached keys, for valid and for refused keys each: about 1 KB per key. */
const MEMORY_SIZE = 5_000
/** A token is replaced this long before it expires, so that it does not expire on its way to another service. */
const SPARE_MS = 30_000
/** A refused key is sent to auth-service again after this time at the earliest. */
const WRONG_MS = 5_000

interface Remembered {
  token: string
  /** By a monotonic clock (`performance.now()`). */
  renewAt: number
}

/**
 * Gets access tokens for API keys, and caches them by the hash of the key: a client that sends its key with each
 * request costs one exchange every 15 minutes. Concurrent requests with one key share one exchange.
 */
export function createKeyTokens(exchange: KeyExchange): KeyTokens {
  const remembered = new LRUCache<string, Remembered>({ max: MEMORY_SIZE })
  const wrong = new LRUCache<string, Problem>({ max: MEMORY_SIZE, ttl: WRONG_MS })
  const asking = new Map<string, Promise<string>>()

  async function ask(key: string, hash: string): Promise<string> {
    try {
      const { token, expiresIn } = await exchange(key)
      const lastsMs = expiresIn * 1_000
      const renewAt = performance.now() + lastsMs - Math.min(SPARE_MS, lastsMs / 2)
      remembered.set(hash, { token, renewAt }, { ttl: lastsMs })
      return token
    } catch (error) {
      if (error instanceof Problem && error.status === 401) {
        remembered.delete(hash)
        wrong.set(hash, error)
      }
      throw error
    }
  }

  return {
    async tokenFor(key, refused) {
      if (!apiKeyPattern.test(key)) throw problems.keyInvalid()
      const hash = hashApiKey(key)
      const refusal = wrong.get(hash)
      if (refusal) throw refusal
      const found = remembered.get(hash)
      const known = found?.token === refused ? undefined : found
      if (known && performance.now() < known.renewAt) return known.token

      const answer = asking.get(hash) ?? ask(key, hash).finally(() => asking.delete(hash))
      asking.set(hash, answer)
      try {
        return await answer
      } catch (error) {
        // auth-service cannot answer. The token is valid until it expires.
        if (known && error instanceof Problem && error.status === 503) return known.token
        throw error
      }
    },
  }
}
