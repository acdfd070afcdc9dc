import { LRUCache } from 'lru-cache'

import { Problem, problems } from '../process/problem.ts'
import { apiKeyPattern, hashApiKey } from './api-key.ts'

/** An access token that was got for an API key. */
export interface KeyToken {
  token: string
  /** Seconds that it lasts from now. */
  expiresIn: number
}

/** @throws {Problem} 401 for a key that is none or no longer one, 503 when nobody can say. */
export type KeyExchange = (key: string) => Promise<KeyToken>

export interface KeyTokens {
  /**
   * The access token for a key, remembered or exchanged.
   *
   * @param refused the token that was just refused: another is got in its place
   * @throws {Problem} what the exchange throws.
   */
  tokenFor(key: string, refused?: string): Promise<string>
}

/** Keys remembered at most, good and wrong ones apart: about 1 KB each. */
const MEMORY_SIZE = 5_000
/** A token is exchanged so long before its end, so that it does not end on its way to another service. */
const SPARE_MS = 30_000
/** A wrong key that comes again and again is asked about this often, and no more. */
const WRONG_MS = 5_000

interface Remembered {
  token: string
  /** By a clock that nobody sets (`performance.now()`). */
  renewAt: number
}

/**
 * Gets access tokens for API keys, and remembers them by the hash of the key: a client that sends its key with each
 * request costs one exchange in a quarter of an hour. Whoever asks for a key that is being exchanged waits for the same.
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
        // Nobody can say what comes next; until its end, the token stands.
        if (known && error instanceof Problem && error.status === 503) return known.token
        throw error
      }
    },
  }
}
