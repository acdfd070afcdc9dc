import { describe, expect, it, jest } from '@jest/globals'

import { call, path } from './call.ts'
import { createClient, type Auth } from './client.ts'
import { isProblem, ProblemError } from './problem-error.ts'

/** A client whose server returns these responses, one after the other, and the requests that it received. */
function createFakeClient(responses: Response[], auth?: Auth) {
  const requests: Request[] = []
  const fetch = (url: string | URL | Request, init?: RequestInit) => {
    requests.push(new Request(url, init))
    return Promise.resolve(responses.shift() ?? new Response(null, { status: 204 }))
  }
  return { client: createClient({ baseUrl: 'http://api.test/', fetch, ...(auth ? { auth } : {}) }), requests }
}

const json = (status: number, body: object, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } })
const problem = (status: number, code: string, headers: Record<string, string> = {}) =>
  json(status, { code, detail: `It is ${code}.`, requestId: 'r1' }, headers)
const soon = { 'retry-after': '0' }

describe('When an operation is called', () => {
  it('then the values of its path and its query are encoded, and absent ones are left out', async () => {
    const { client, requests } = createFakeClient([json(200, { data: [] })])
    const query = { tag: ['sea', 'a&b'], q: undefined, limit: 2 }
    await call(client, 'GET', path`/roles/${'a/b'}/users`, { query })
    expect(requests[0]?.url).toBe('http://api.test/api/v1/roles/a%2Fb/users?tag=sea&tag=a%26b&limit=2')
  })

  it('then it returns the body, and on request the status and the headers', async () => {
    const { client } = createFakeClient([json(201, { id: 1 }), json(201, { id: 1 }, { etag: '"7"' })])
    expect(await call<{ 201: { id: number } }>(client, 'POST', '/tags', { json: {} })).toEqual({ id: 1 })
    const answer = await call<{ 201: { id: number } }>(client, 'POST', '/tags', { json: {} }).withResponse()
    expect(answer).toMatchObject({ status: 201, body: { id: 1 } })
    expect(answer.headers.get('etag')).toBe('"7"')
  })

  it('then a form is sent with a field for each value of a list', async () => {
    const { client, requests } = createFakeClient([])
    await call(client, 'POST', '/media', { form: { file: new Blob(['bytes']), tags: ['sea', 'sun'], alt: undefined } })
    const form = (await requests[0]?.formData()) ?? new FormData()
    expect(form.getAll('tags')).toEqual(['sea', 'sun'])
    expect(form.has('alt')).toBe(false)
    expect(await (form.get('file') as File).text()).toBe('bytes')
  })

  it('then a file is returned as the response, so that it can be streamed', async () => {
    const { client } = createFakeClient([new Response('pixels', { headers: { 'content-type': 'image/avif' } })])
    const file = await call<{ 200: Response }>(client, 'GET', '/media/1/file', {})
    expect(await file.text()).toBe('pixels')
  })
})

describe('When the response is an error', () => {
  it('then the call rejects with the problem', async () => {
    const { client } = createFakeClient([problem(409, 'email-taken')])
    const error: unknown = await call(client, 'POST', '/auth/register', { json: {} }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ProblemError)
    expect(error).toMatchObject({ status: 409, code: 'email-taken', message: 'It is email-taken.', requestId: 'r1' })
    expect(isProblem(error, 'email-taken')).toBe(true)
    expect(isProblem(error, 'not-found')).toBe(false)
  })

  it('then a page of a proxy is a problem too', async () => {
    const { client } = createFakeClient([new Response('<h1>Bad gateway</h1>', { status: 502 })])
    await expect(call(client, 'GET', '/media', {})).rejects.toMatchObject({ status: 502, code: 'http-error' })
  })

  it('then withResponse rejects, and nothing else does', async () => {
    const { client } = createFakeClient([problem(404, 'not-found')])
    await expect(call(client, 'GET', '/media/1', {}).withResponse()).rejects.toThrow('It is not-found.')
  })
})

describe('When the server asks to repeat a request later', () => {
  it('then it is repeated with the same Idempotency-Key', async () => {
    const { client, requests } = createFakeClient([problem(503, 'database-unavailable', soon), json(201, { id: 1 })])
    await call(client, 'POST', '/tags', { json: { name: 'sea' }, once: true })
    const [first, second] = requests.map(({ headers }) => headers.get('idempotency-key'))
    expect(first).toMatch(/^[0-9a-f]{32}$/)
    expect(second).toBe(first)
  })

  it('then a POST that could be executed twice is not repeated after 503', async () => {
    const { client, requests } = createFakeClient([problem(503, 'main-service-unavailable', soon)])
    await expect(call(client, 'POST', '/auth/register', { json: {} })).rejects.toThrow('main-service-unavailable')
    expect(requests).toHaveLength(1)
  })

  it.each([
    [429, 'too-many-requests'],
    [503, 'overloaded'],
  ])('then every request is repeated after %d %s, because it was not executed', async (status, code) => {
    const { client, requests } = createFakeClient([problem(status, code, soon)])
    await call(client, 'POST', '/auth/login', { json: {}, open: true })
    expect(requests).toHaveLength(2)
  })

  it('then it is repeated three times at most', async () => {
    const { client, requests } = createFakeClient(
      Array.from({ length: 9 }, () => problem(429, 'too-many-requests', soon)),
    )
    await expect(call(client, 'GET', '/media', {})).rejects.toThrow('too-many-requests')
    expect(requests).toHaveLength(4)
  })

  it('then a long wait is left to the caller', async () => {
    const { client } = createFakeClient([problem(429, 'too-many-attempts', { 'retry-after': '900' })])
    await expect(call(client, 'POST', '/auth/login', { json: {} })).rejects.toMatchObject({ retryAfter: 900 })
  })

  it('then the wait ends when the signal is aborted', async () => {
    const { client } = createFakeClient([problem(429, 'too-many-requests', { 'retry-after': '20' })])
    await expect(call(client, 'GET', '/media', {}, { signal: AbortSignal.timeout(30) })).rejects.toThrow('timeout')
  })
})

describe('When the server rejects the token', () => {
  const authWith = (next: string | undefined) =>
    ({ token: jest.fn((rejected?: string) => (rejected === undefined ? 'old' : next)) }) satisfies Auth

  it('then the request is repeated once, with a new token', async () => {
    const { client, requests } = createFakeClient([problem(401, 'token-expired'), json(200, {})], authWith('new'))
    await call(client, 'PATCH', '/media/1', { json: { title: 'Sea' } })
    expect(requests.map(({ headers }) => headers.get('authorization'))).toEqual(['Bearer old', 'Bearer new'])
    expect(await requests[1]?.json()).toEqual({ title: 'Sea' })
  })

  it('then a second rejection is returned', async () => {
    const { client, requests } = createFakeClient(
      [problem(401, 'token-stale'), problem(401, 'token-stale')],
      authWith('new'),
    )
    await expect(call(client, 'GET', '/media', {})).rejects.toThrow('token-stale')
    expect(requests).toHaveLength(2)
  })

  it('then nothing is repeated without a new token', async () => {
    const { client, requests } = createFakeClient([problem(401, 'session-ended')], authWith(undefined))
    await expect(call(client, 'GET', '/media', {})).rejects.toThrow('session-ended')
    expect(requests).toHaveLength(1)
  })

  it('then a revoked API key is reported without asking for another token', async () => {
    const auth = authWith('new')
    const { client } = createFakeClient([problem(401, 'key-revoked')], auth)
    await expect(call(client, 'GET', '/media', {})).rejects.toThrow('key-revoked')
    expect(auth.token).toHaveBeenCalledTimes(1)
  })

  it('then an operation without a token was sent without one', async () => {
    const { client, requests } = createFakeClient([problem(401, 'invalid-credentials')], authWith('new'))
    await expect(call(client, 'POST', '/auth/login', { json: {}, open: true })).rejects.toThrow('invalid-credentials')
    expect(requests[0]?.headers.has('authorization')).toBe(false)
  })
})
