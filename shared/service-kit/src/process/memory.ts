import { LRUCache } from 'lru-cache'

/** A cache with a time to live. */
export interface Memory<Value> {
  get(key: string): Value | undefined
  has(key: string): boolean
  set(key: string, value: Value): unknown
  delete(key: string): unknown
}

/** Keeps at most `max` entries, each for at most `keptMs`. It evicts the least recently used entry first. */
export function createMemory<Value extends object | string | true>({
  max,
  keptMs,
}: {
  max: number
  keptMs: number
}): Memory<Value> {
  return new LRUCache<string, Value>({ max, ttl: keptMs })
}
