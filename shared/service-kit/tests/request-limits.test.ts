import { describe, expect, it } from '@jest/globals'
import { send } from '@likeness/test-kit'
import { z } from 'zod'

import type { RequestLimits } from '../src/http/request-limits.ts'
import { noContent, ok, routesWith } from '../src/http/route.ts'
import { makeApiKey } from '../src/identity/api-key.ts'
import { signer, startSmallService } from './small-service.ts'

const route = routesWith()
const open = { method: 'get', summary: 'Open', answers: { 204: null } } as const
const routes = [
  route({ ...open, path: '/me', access: 'signed-in', handle: async () => noContent() }),
  route({ ...open, path: '/open', access: 'anyone', handle: async () => noContent() }),
  route({ ...open, path: '/login', access: 'no-token', handle: async () => noContent() }),
  route({
    method: 'post',
    path: '/echo',
    access: 'signed-in',
    summary: 'Echo',
    body: z.object({ word: z.string() }),
    answers: { 200: z.object({ word: z.string() }) },
    handle: async ({ body }) => ok(body),
  }),
]
const internalRoutes = [route({ ...open, path: '/peers', access: 'service', handle: async () => noContent() })]

async function start(limits: RequestLimits, more: { trustedProxies?: string } = {}) {
  const exchangeKey = async (key: string) => ({ token: keys.get(key) ?? '', expiresIn: 900 })
  const url = await startSmallService({
    routes,
    internalRoutes,
    limits: { rejectionDelayMs: 0, ...limits },
    exchangeKey,
    ...more,
  })
  const get = (path: string, token?: string, headers: Record<string, string> = {}) =>
    send('GET', url + path, { token, headers })
  return {
    url,
    get,
    /** The statuses of the responses to this number of requests. */
    async times(count: number, path: string, token?: string, headers: Record<string, string> = {}): Promise<number[]> {
      const statuses: number[] = []
      for (let request = 0; request < count; request++) statuses.push((await get(path, token, headers)).status)
      return statuses
    },
  }
}

const keys = new Map<string, string>()
/** An API key of a user, with its token. */
function apiKey(keyId: string, sub: string): string {
  const key = makeApiKey()
  keys.set(key, signer.userToken({ sub, sid: undefined, key: keyId }))
  return key
}

describe('When a caller sends more requests than the limit', () => {
  it('then further requests are 429 with the time to wait, and other callers are not affected', async () => {
    const { get, times } = await start({ perCaller: 3, perAddress: 100 })
    const [ada, bob] = [signer.userToken(), signer.userToken()]

    expect(await times(3, '/api/v1/me', ada)).toEqual([204, 204, 204])
    const rejected = await get('/api/v1/me', ada)
    expect([rejected.status, rejected.body.code]).toEqual([429, 'too-many-requests'])
    expect(rejected.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    expect(rejected.headers.get('ratelimit')).toMatch(/^"caller";r=0;t=\d+$/)
    expect(Number(rejected.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(Number(rejected.headers.get('retry-after'))).toBeLessThanOrEqual(60)
    expect(await times(2, '/api/v1/me', bob)).toEqual([204, 204])
  })

  it('then all sessions of a user count together, and each API key counts alone', async () => {
    const { times } = await start({ perCaller: 3, perAddress: 100 })
    const sub = '0197f4a0-0000-7000-8000-00000000000a'
    const [one, two] = ['0197f4a0-0000-7000-8000-00000000000b', '0197f4a0-0000-7000-8000-00000000000c']
    expect(await times(2, '/api/v1/me', signer.userToken({ sub }))).toEqual([204, 204])
    expect(await times(2, '/api/v1/me', signer.userToken({ sub }))).toEqual([204, 429])
    expect(await times(4, '/api/v1/me', apiKey(one, sub))).toEqual([204, 204, 204, 429])
    expect(await times(2, '/api/v1/me', apiKey(two, sub))).toEqual([204, 204])
  })

  it('then a route that ignores tokens counts for the caller too', async () => {
    const { times } = await start({ perCaller: 3, perAddress: 100 })
    const ada = signer.userToken()
    expect(await times(1, '/api/v1/me', ada)).toEqual([204])
    expect(await times(3, '/api/v1/login', ada)).toEqual([204, 204, 429])
  })

  it('then a rejected request is rejected before its body is read', async () => {
    const { url, times } = await start({ perCaller: 1, perAddress: 100 })
    const ada = signer.userToken()
    await times(1, '/api/v1/me', ada)
    const answer = await send('POST', `${url}/api/v1/echo`, { token: ada, body: 'not an object' })
    expect(answer.status).toBe(429)
  })

  it('then a rejection is delayed, and other requests are answered meanwhile', async () => {
    const { get, times } = await start({ perCaller: 1, perAddress: 100, rejectionDelayMs: 1_000 })
    const [ada, bob] = [signer.userToken(), signer.userToken()]
    await times(1, '/api/v1/me', ada)
    const order: string[] = []
    const rejected = get('/api/v1/me', ada).then(({ status }) => order.push(`Ada ${status}`))
    await get('/api/v1/me', bob).then(({ status }) => order.push(`Bob ${status}`))
    await rejected
    expect(order).toEqual(['Bob 204', 'Ada 429'])
  })

  it('then each response says the limit and the rest, as the draft of the IETF defines', async () => {
    const { get } = await start({ perCaller: 5, perAddress: 10 })
    const ada = signer.userToken()

    const first = await get('/api/v1/me', ada)
    expect(first.headers.get('ratelimit')).toMatch(/^"address";r=9;t=\d+, "caller";r=4;t=\d+$/)
    const second = await get('/api/v1/me', ada)
    expect(second.headers.get('ratelimit')).toMatch(/^"caller";r=3;t=\d+$/)
    expect(second.headers.get('ratelimit-policy')).toBe('"caller";q=5;w=60')
    const anonymous = await get('/api/v1/open')
    expect(anonymous.headers.get('ratelimit')).toMatch(/^"address";r=8;t=\d+$/)
  })
})

describe('When an address sends more requests without a known token than the limit', () => {
  it('then anonymous requests are 429, on every path, and known tokens still work', async () => {
    const { get, times } = await start({ perCaller: 100, perAddress: 3 })
    const ada = signer.userToken()
    expect(await times(1, '/api/v1/me', ada)).toEqual([204])
    expect(await times(3, '/api/v1/open')).toEqual([204, 204, 429])
    for (const path of ['/api/v1/nowhere', '/nowhere', '/docs/', '/openapi.json', '/internal/peers']) {
      expect([path, (await get(path)).status]).toEqual([path, 429])
    }
    expect(await times(3, '/api/v1/me', ada)).toEqual([204, 204, 204])
  })

  it('then forged tokens and wrong API keys are 429, so that they are not verified', async () => {
    const { get, times } = await start({ perCaller: 100, perAddress: 3 })
    const forged = () => signer.userToken().replace(/[^.]+$/, 'A'.repeat(86))
    expect(await times(1, '/api/v1/me', forged())).toEqual([401])
    expect(await times(1, '/internal/peers', forged())).toEqual([401])
    expect(await times(1, '/api/v1/me', 'key_short')).toEqual([401])
    for (const token of [forged(), 'key_short', makeApiKey(), signer.userToken(), signer.serviceToken()]) {
      expect((await get('/api/v1/me', token)).status).toBe(429)
    }
  })

  it('then another address is not affected; an IPv6 network of the size /64 is one address', async () => {
    const { times } = await start({ perCaller: 100, perAddress: 2 }, { trustedProxies: 'loopback' })
    const from = (address: string) => ({ 'X-Forwarded-For': address })
    expect(await times(3, '/api/v1/open', undefined, from('192.0.2.1'))).toEqual([204, 204, 429])
    expect(await times(2, '/api/v1/open', undefined, from('192.0.2.2'))).toEqual([204, 204])
    expect(await times(2, '/api/v1/open', undefined, from('2001:db8::1'))).toEqual([204, 204])
    expect(await times(1, '/api/v1/open', undefined, from('2001:db8::2'))).toEqual([429])
    expect(await times(1, '/api/v1/open', undefined, from('2001:db8:0:1::1'))).toEqual([204])
  })

  it('then a client cannot choose its address, unless it is a trusted proxy', async () => {
    const { times } = await start({ perCaller: 100, perAddress: 2 }, { trustedProxies: '203.0.113.1' })
    expect(await times(2, '/api/v1/open', undefined, { 'X-Forwarded-For': '192.0.2.1' })).toEqual([204, 204])
    expect(await times(1, '/api/v1/open', undefined, { 'X-Forwarded-For': '192.0.2.2' })).toEqual([429])
  })

  it('then health checks and metrics are not affected', async () => {
    const { times, get } = await start({ perCaller: 100, perAddress: 1 })
    await times(2, '/api/v1/open')
    for (const path of ['/healthz', '/readyz', '/metrics']) {
      const { status, headers } = await get(path)
      expect([path, status, headers.get('ratelimit')]).toEqual([path, 200, null])
    }
  })
})

describe('When a service calls another service more often than the limit', () => {
  it('then its calls are not counted after the first', async () => {
    const { times, get } = await start({ perCaller: 1, perAddress: 2 })
    const service = signer.serviceToken()
    expect(await times(20, '/internal/peers', service)).toEqual(Array(20).fill(204))
    expect((await get('/internal/peers', service)).headers.get('ratelimit')).toBeNull()
    expect(await times(2, '/api/v1/open')).toEqual([204, 429])
    expect(await times(1, '/internal/peers', service)).toEqual([204])
  })

  it("then a user's token is not accepted there, and is counted", async () => {
    const { times } = await start({ perCaller: 3, perAddress: 100 })
    const ada = signer.userToken()
    await times(1, '/api/v1/me', ada)
    expect(await times(3, '/internal/peers', ada)).toEqual([401, 401, 429])
  })
})

describe('When a limit is 0', () => {
  it('then it does not apply', async () => {
    const { get, times } = await start({ perCaller: 0, perAddress: 0 })
    expect(new Set(await times(20, '/api/v1/me', signer.userToken()))).toEqual(new Set([204]))
    expect(new Set(await times(20, '/api/v1/open'))).toEqual(new Set([204]))
    expect((await get('/api/v1/open')).headers.get('ratelimit')).toBeNull()
  })
})
