import type { Tokens } from '../generated/models.ts'

/** The tokens of a login, and of its refreshes. */
export interface StoredSession {
  /** The same from a login to its logout, and different for each login. */
  id: string
  accessToken: string
  refreshToken: string
  /** By the clock of this device, in milliseconds since 1970. */
  expiresAt: number
  user: Tokens['user']
}

export interface Stored {
  session?: StoredSession | undefined
  /** Kept after a logout. With it, failed logins from other devices cannot lock this device out. */
  deviceToken?: string | undefined
}

/** Where a session keeps its tokens. Own stores can be passed to `session`, for example one for React Native. */
export interface TokenStore {
  /** Must return what any tab or process wrote last, and the same object until it changes. */
  read(): Stored
  write(stored: Stored): void
  /**
   * Connects the sessions that share this store, such as those of other tabs.
   *
   * @param receive called after another session has written; with the id of a session that has ended there
   * @returns a function that notifies the other sessions
   */
  connect?(receive: (ended?: string) => void): (ended?: string) => void
}
