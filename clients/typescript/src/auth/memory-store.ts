import type { Stored, TokenStore } from './token-store.ts'

/** A store in the memory of this process. */
export function memoryStore(stored: Stored = {}, onWrite?: (stored: Stored) => void): TokenStore {
  return {
    read: () => stored,
    write(written) {
      stored = written
      onWrite?.(written)
    },
  }
}
