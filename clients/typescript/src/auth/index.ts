import type { Auth } from '../client.ts'
import { browserStore } from './browser-store.ts'
import { memoryStore } from './memory-store.ts'
import { session, type Session } from './session.ts'
import type { Stored } from './token-store.ts'

export { session, type Session, type SessionUser } from './session.ts'
export type { Stored, StoredSession, TokenStore } from './token-store.ts'
export type { Auth } from '../client.ts'

/**
 * A session in the memory of this process, for scripts and for rendering on a server.
 *
 * @param stored what an earlier `onWrite` received
 * @param onWrite receives the tokens after each login, refresh and logout
 */
export const memory = (stored?: Stored, onWrite?: (stored: Stored) => void): Session =>
  session(memoryStore(stored, onWrite))

/**
 * A session in `localStorage`, which all tabs share and which survives a reload. Any script of the page can read it, so
 * allow no foreign scripts.
 *
 * @param key the key in `localStorage`
 */
export const browser = (key = 'likeness-session'): Session => session(browserStore(key))

/** Sends an API key with each request. The rights of a key are those of its creator, limited to those of the key. */
export const apiKey = (key: string): Auth => ({ token: () => key })

/**
 * Will keep the session in cookies that scripts cannot read.
 *
 * @throws {Error} always, because this release of the server has no sessions in cookies
 */
export function cookie(): Session {
  throw new Error('This release of Likeness has no sessions in cookies. Use browser() instead.')
}
