import { LRUCache } from 'lru-cache'

/** A cache with a time to live. */
export interface Cache<Value> {
  get(key: string): Value | undefined
  has(key: string): boolean
  set(key: string, value: Value): unknown
  delete(key: string): unknown
}

/** Keeps at most `max` entries, each for at most `ttlMs`. It evicts the least recently used entry first. */
export function createCache<Value extends object | string | true>({
  max,
  ttlMs,
}: {
  max: number
  ttlMs: number
}): Cache<Value> {
  return new LRUCache<string, Value>({ max, ttl: ttlMs })
}
