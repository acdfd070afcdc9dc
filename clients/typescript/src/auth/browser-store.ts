import { memoryStore } from './memory-store.ts'
import type { Stored, TokenStore } from './token-store.ts'

/**
 * A store in `localStorage`, which all tabs of an origin share. Without `localStorage`, such as during server-side
 * rendering, it is a store in memory.
 */
export function browserStore(key: string): TokenStore {
  const storage = findStorage()
  if (!storage) return memoryStore()
  let text: string | null = null
  let parsed: Stored = {}
  return {
    read() {
      const current = storage.getItem(key)
      if (current !== text) {
        text = current
        parsed = parse(current)
      }
      return parsed
    },
    write: (stored) => storage.setItem(key, JSON.stringify(stored)),
    connect(receive) {
      if (typeof BroadcastChannel === 'undefined') return () => {}
      const channel = new BroadcastChannel(key)
      channel.addEventListener('message', ({ data }) => receive((data as { ended?: string }).ended))
      // A channel reaches only pages of the same origin, and has no parameter for one.
      // oxlint-disable-next-line unicorn/require-post-message-target-origin
      return (ended) => channel.postMessage({ ended })
    },
  }
}

/** A browser that blocks the storage of a page throws when the page reads the property. */
function findStorage(): Storage | undefined {
  try {
    return globalThis.localStorage
  } catch {
    return undefined
  }
}

function parse(text: string | null): Stored {
  try {
    return (JSON.parse(text ?? '{}') as Stored | null) ?? {}
  } catch {
    return {}
  }
}
