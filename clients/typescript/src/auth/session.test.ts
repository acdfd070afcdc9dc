import { beforeEach, describe, expect, it } from '@jest/globals'

import { call } from '../call.ts'
import { createClient } from '../client.ts'
import { memoryStore } from './memory-store.ts'
import { session } from './session.ts'
import type { Stored, TokenStore } from './token-store.ts'

const credentials = { email: 'ada@example.com', password: 'a long enough password' }

/** Stores as tabs have them: each reads the same tokens, and receives what the others announce. */
function createSharedStores() {
  let stored: Stored = {}
  const receivers = new Set<(ended?: string) => void>()
  const open = (): TokenStore => ({
    read: () => stored,
    write(written) {
      stored = written
    },
    connect(receive) {
      receivers.add(receive)
      return (ended) => {
        for (const receiver of receivers) if (receiver !== receive) receiver(ended)
      }
    },
  })
  return { open, read: () => stored }
}

/**
 * An API with one user. A refresh token is exchanged once; the last used one returns the same successor again. Tests set
 * `hold` to delay the responses to refreshes, and `refuse` to reject them.
 */
function createFakeApi() {
  const api = {
    refreshes: 0,
    logins: [] as { deviceToken?: string }[],
    loggedOutWith: [] as (string | null)[],
    hold: Promise.resolve(),
    refuse: undefined as number | undefined,
    current: 0,
    fetch: async (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
      const request = new Request(url, init)
      const { pathname } = new URL(request.url)
      if (pathname.endsWith('/auth/login')) {
        api.logins.push((await request.json()) as { deviceToken?: string })
        return Response.json({ ...tokens(++api.current), deviceToken: 'device-1' })
      }
      if (pathname.endsWith('/auth/refresh')) {
        const { refreshToken } = (await request.json()) as { refreshToken: string }
        api.refreshes += 1
        await api.hold
        if (api.refuse) return problem(api.refuse, api.refuse === 401 ? 'session-ended' : 'overloaded')
        const used = Number(refreshToken.slice('refresh-'.length))
        if (used === api.current) api.current += 1
        else if (used !== api.current - 1) return problem(401, 'refresh-token-reused')
        return Response.json(tokens(api.current))
      }
      const token = request.headers.get('authorization')
      if (pathname.endsWith('/auth/logout')) {
        api.loggedOutWith.push(token)
        return new Response(null, { status: 204 })
      }
      if (token === null) return problem(401, 'token-missing')
      return token === `Bearer access-${api.current}` ? Response.json({}) : problem(401, 'token-expired')
    },
  }
  const tokens = (number: number) => ({
    accessToken: `access-${number}`,
    refreshToken: `refresh-${number}`,
    tokenType: 'Bearer',
    expiresIn: 900,
    user: { id: 'u1', name: 'Ada', email: credentials.email },
  })
  const problem = (status: number, code: string) => Response.json({ code, detail: code }, { status })
  return api
}

describe('When a session shares its store with other tabs', () => {
  let api: ReturnType<typeof createFakeApi>
  let stores: ReturnType<typeof createSharedStores>

  beforeEach(() => {
    api = createFakeApi()
    stores = createSharedStores()
  })

  function openTab() {
    const auth = session(stores.open())
    const client = createClient({ baseUrl: 'http://api.test', fetch: api.fetch, auth })
    return { auth, read: () => call(client, 'GET', '/users/me', {}) }
  }

  async function openTabs(count: number) {
    const tabs = Array.from({ length: count }, openTab)
    await tabs[0]?.auth.login(credentials)
    return tabs as [ReturnType<typeof openTab>, ...ReturnType<typeof openTab>[]]
  }

  /** Ends the lifetime of the access token on the server: it accepts only the next one. */
  const expire = () => {
    const { session: last } = stores.read()
    if (last) last.expiresAt = 0
  }

  it('then a login in one tab is a login in all, and every listener is called', async () => {
    const [first, second] = [openTab(), openTab()]
    const seen: (string | undefined)[] = []
    second.auth.subscribe((user) => seen.push(user?.name))
    await first.auth.login(credentials)
    expect(second.auth.user).toMatchObject({ name: 'Ada' })
    expect(seen).toEqual(['Ada'])
    await second.read()
  })

  it('then requests of one tab that meet an expired token share one refresh', async () => {
    const [tab] = await openTabs(1)
    expire()
    await Promise.all(Array.from({ length: 10 }, tab.read))
    expect(api.refreshes).toBe(1)
  })

  it('then twenty tabs that refresh at the same time all continue', async () => {
    const tabs = await openTabs(20)
    expire()
    await Promise.all(tabs.map(({ read }) => read()))
    expect(stores.read().session?.refreshToken).toBe('refresh-2')
    await Promise.all(tabs.map(({ read }) => read()))
  })

  it('then a tab with an old token takes the token that another tab has stored', async () => {
    const [first, second] = await openTabs(2)
    const old = await second?.auth.token()
    expire()
    await first.read()
    expect(await second?.auth.token(old)).toBe('access-2')
    expect(api.refreshes).toBe(1)
  })

  it('then a tab that was frozen during its refresh does not overwrite newer tokens', async () => {
    const [first, frozen] = await openTabs(2)
    expire()
    let wake = () => {}
    api.hold = new Promise((resolve) => {
      wake = resolve
    })
    const asleep = frozen?.read()
    api.hold = Promise.resolve()
    await first.read()
    expire()
    await first.read()
    expect(stores.read().session?.refreshToken).toBe('refresh-3')
    wake()
    await asleep
    expect(stores.read().session?.refreshToken).toBe('refresh-3')
    expect(frozen?.auth.user).toMatchObject({ name: 'Ada' })
  })

  it.each(['the same tab', 'another tab'])('then a logout in %s during a refresh wins', async (where) => {
    const [first, second] = await openTabs(2)
    expire()
    let answer = () => {}
    api.hold = new Promise((resolve) => {
      answer = resolve
    })
    const running = first.read().catch((error: Error) => error.message)
    const loggedOut = (where === 'the same tab' ? first : second)?.auth.logout()
    expect(first.auth.user).toBeUndefined()
    answer()
    await loggedOut
    expect(await running).toBe('token-missing')
    expect(stores.read().session).toBeUndefined()
    expect(second?.auth.user).toBeUndefined()
  })

  it('then a tab that stored its refresh at the moment of a logout removes it again', async () => {
    const [first, second] = await openTabs(2)
    const { session: last } = stores.read()
    await second?.auth.logout()
    // The tokens that the first tab wrote before it received the message.
    stores.open().write({ session: last })
    second?.auth.subscribe(() => {})
    const third = stores.open().connect?.(() => {})
    third?.(last?.id)
    expect(first.auth.user).toBeUndefined()
  })

  it('then a session that has ended on the server ends in every tab', async () => {
    const [first, second] = await openTabs(2)
    const seen: unknown[] = []
    second?.auth.subscribe((user) => seen.push(user))
    expire()
    api.refuse = 401
    await expect(first.read()).rejects.toMatchObject({ code: 'session-ended' })
    expect(second?.auth.user).toBeUndefined()
    expect(seen).toEqual([undefined])
  })

  it('then a server that cannot refresh at the moment ends nothing', async () => {
    const [tab] = await openTabs(1)
    expire()
    api.refuse = 503
    await expect(tab.read()).rejects.toMatchObject({ code: 'overloaded' })
    api.refuse = undefined
    await tab.read()
    expect(tab.auth.user).toMatchObject({ name: 'Ada' })
  })

  it('then a logout with an expired token ends the session on the server with a new one', async () => {
    const [tab] = await openTabs(1)
    expire()
    await tab.auth.logout()
    expect(api.loggedOutWith).toEqual(['Bearer access-2'])
    expect(stores.read().session).toBeUndefined()
  })

  it('then the device stays known after a logout', async () => {
    const [tab] = await openTabs(1)
    await tab.read()
    await tab.auth.logout()
    await tab.auth.login(credentials)
    expect(api.logins.map(({ deviceToken }) => deviceToken)).toEqual([undefined, 'device-1'])
  })
})

describe('When a session is used before it belongs to a client', () => {
  it('then the error says what to do', async () => {
    await expect(session(memoryStore()).login(credentials)).rejects.toThrow('createClient({ auth })')
  })
})
