import type { Auth, Client } from '../client.ts'
import type { LoginRequest, RegisterRequest, Tokens } from '../generated/models.ts'
import { login, logout, refreshTokens, register } from '../generated/operations.ts'
import { isProblem } from '../problem-error.ts'
import { randomId } from '../random-id.ts'
import type { StoredSession, TokenStore } from './token-store.ts'

/** The user of a session, as the last login or refresh returned it. */
export type SessionUser = Tokens['user']

/** The login of a user. It renews its access token by itself. */
export interface Session extends Auth {
  /** The logged-in user; undefined if nobody is logged in. */
  readonly user: SessionUser | undefined
  /** @throws {ProblemError} `invalid-credentials`, `too-many-attempts`, `account-suspended`, `account-unverified` */
  login(credentials: Omit<LoginRequest, 'deviceToken'>): Promise<SessionUser>
  /** @throws {ProblemError} `email-taken`, `registration-closed`, `invalid-request` */
  register(account: RegisterRequest): Promise<SessionUser>
  /** Starts the session with the tokens of another operation, such as `acceptInvitation`. */
  start(tokens: Tokens): SessionUser
  /**
   * Logs this device out at once, in all tabs, and then ends the session on the server.
   *
   * @throws if the server could not be reached. The device is logged out anyway.
   */
  logout(): Promise<void>
  /**
   * Calls the listener after each login, logout and refresh, in this tab or in another one.
   *
   * @returns a function that ends the subscription
   */
  subscribe(listener: (user: SessionUser | undefined) => void): () => void
}

/** A token that expires within this time is renewed before it is sent: a request takes time to arrive. */
const EARLY_MS = 5_000

/**
 * A session that keeps its tokens in a store.
 *
 * Tabs that share a store need no lock. Each reads the store before it refreshes, so most find a new token there. Tabs that
 * refresh within the same seconds send the same refresh token, and the server returns the same new one to all of them. A
 * refresh stores its result only if the store still has the session that was refreshed, so that a logout wins.
 */
export function session(store: TokenStore): Session {
  let client: Client | undefined
  let refreshing: { spent: string; tokens: Promise<Tokens> } | undefined
  const listeners = new Set<(user: SessionUser | undefined) => void>()

  const stored = () => store.read().session
  const notify = () => {
    for (const listener of listeners) listener(stored()?.user)
  }
  const announce = store.connect?.((ended) => {
    // A tab that refreshed at the same moment may have written after the logout.
    if (ended !== undefined && stored()?.id === ended) write(undefined)
    notify()
  })

  const connected = () => {
    if (!client) throw new Error('Pass this session to createClient first: createClient({ auth })')
    return client
  }

  function write(changed: StoredSession | undefined, deviceToken = store.read().deviceToken): void {
    store.write({ session: changed, deviceToken })
  }

  function start({ deviceToken, ...tokens }: Tokens, id = randomId()): SessionUser {
    write(sessionOf(id, tokens), deviceToken)
    announce?.()
    notify()
    return tokens.user
  }

  /** Ends the session in every tab, if the store still has it. */
  function end({ id }: StoredSession): void {
    if (stored()?.id === id) write(undefined)
    announce?.(id)
    notify()
  }

  /** One request at a time: callers with the same refresh token share its response. */
  function exchange({ refreshToken }: StoredSession): Promise<Tokens> {
    if (refreshing?.spent !== refreshToken) {
      const tokens = refreshTokens(connected(), { refreshToken }).finally(() => {
        if (refreshing?.tokens === tokens) refreshing = undefined
      })
      refreshing = { spent: refreshToken, tokens }
    }
    return refreshing.tokens
  }

  /** @throws {ProblemError} if the session has ended on the server; then it has also ended here */
  async function refresh(spent: StoredSession): Promise<string | undefined> {
    const isCurrent = () => stored()?.refreshToken === spent.refreshToken
    try {
      const tokens = await exchange(spent)
      if (isCurrent()) start(tokens, spent.id)
    } catch (error) {
      if (isCurrent()) {
        if (isProblem(error) && error.status === 401) end(spent)
        throw error
      }
    }
    // After a logout there is no session; another tab may have refreshed or logged in meanwhile.
    return stored()?.accessToken
  }

  return {
    get user() {
      return stored()?.user
    },
    connect(created) {
      client = created
    },
    token(rejected) {
      const current = stored()
      if (!current) return undefined
      const isUsable = current.accessToken !== rejected && Date.now() < current.expiresAt - EARLY_MS
      return isUsable ? current.accessToken : refresh(current)
    },
    login: async (credentials) =>
      start(await login(connected(), { ...credentials, deviceToken: store.read().deviceToken })),
    register: async (account) => start(await register(connected(), account)),
    start,
    async logout() {
      const last = stored()
      if (!last) return
      end(last)
      try {
        const { accessToken } = Date.now() < last.expiresAt ? last : await exchange(last)
        await logout(connected(), { headers: { authorization: `Bearer ${accessToken}` } })
      } catch (error) {
        // The session has already ended on the server.
        if (!isProblem(error) || error.status !== 401) throw error
      }
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

const sessionOf = (id: string, { accessToken, refreshToken, expiresIn, user }: Tokens): StoredSession => ({
  id,
  accessToken,
  refreshToken,
  expiresAt: Date.now() + expiresIn * 1_000,
  user,
})
