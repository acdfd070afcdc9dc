import { LRUCache } from 'lru-cache'

/** What was found out, for a while. */
export interface Memory<Value> {
  get(key: string): Value | undefined
  has(key: string): boolean
  set(key: string, value: Value): unknown
  delete(key: string): unknown
}

/** Remembers at most `max` things, each for at most `keptMs`; what was not asked for longest goes first. */
export function createMemory<Value extends object | string | true>({
  max,
  keptMs,
}: {
  max: number
  keptMs: number
}): Memory<Value> {
  return new LRUCache<string, Value>({ max, ttl: keptMs })
}
