import { beforeEach, describe, expect, it } from '@jest/globals'
import { sendRaw } from '@likeness/test-kit'
import { z } from 'zod'

import { page, pageOf, pageQuery } from '../src/http/pages.ts'
import { ok, routesWith } from '../src/http/route.ts'
import { startSmallService } from './small-service.ts'

const route = routesWith()
const order = { columns: { name: 'name' }, standard: 'name', tieBreak: 'id' } as const
const query = pageQuery(order).extend({ q: z.string().optional() })
const rows = ['a', 'b'].map((name) => ({ name, cursor_0: name, cursor_1: name }))

const list = route({
  method: 'get',
  path: '/list',
  access: 'anyone',
  summary: 'A list of two pages',
  query,
  answers: { 200: pageOf(z.object({ name: z.string() })) },
  handle: (incoming) =>
    page(
      incoming.http,
      { ...incoming.query, limit: 1 },
      rows,
      (shown) => shown.map(({ name }) => ({ name })),
      async () => 2,
    ),
})

const item = route({
  method: 'get',
  path: '/items/:id',
  access: 'anyone',
  summary: 'An item',
  params: z.object({ id: z.string() }),
  answers: { 200: z.object({ id: z.string(), host: z.string() }) },
  handle: async ({ params, http }) => ok({ id: params.id, host: http.request.get('host') ?? '' }),
})

let url: string
beforeEach(async () => {
  url = await startSmallService({ routes: [list, item] })
})

const ask = (target: string, method = 'GET') =>
  sendRaw(url, `${method} ${target} HTTP/1.1\r\nHost: here.test\r\nX-Request-Id: our-id\r\nConnection: close\r\n\r\n`)

describe('When the target of a request is a path', () => {
  it.each([
    ['/api/v1/list?limit=1', '/api/v1/list?limit=1&after='],
    ['/api/v1/list', '/api/v1/list?after='],
    ['/api/v1/list?', '/api/v1/list?after='],
    ['/api/v1/list?q=a|b\\c', '/api/v1/list?q=a%7Cb%5Cc&after='],
    ['/api/v1/list?q=http://elsewhere.test/?x', '/api/v1/list?q=http%3A%2F%2Felsewhere.test%2F%3Fx&after='],
    ['/api/v1/list?q=100%', '/api/v1/list?q=100%25&after='],
  ])('then the link of %s is %s…', async (target, link) => {
    const { status, headers } = await ask(target)
    expect(status).toBe(200)
    expect(headers['link']?.startsWith(`<${link}`)).toBe(true)
    expect(headers['link']).toMatch(/^<[^<>]+>; rel="next"$/)
  })

  it.each([
    ['//evil.example/api/v1/list', 404, 'no-such-route'],
    ['//api/v1/list', 404, 'no-such-route'],
    ['/api/v1/../../etc/passwd', 404, 'no-such-route'],
    ['/api/v1/list;x=1', 404, 'no-such-route'],
    ['/api/v1/nothing/%E0%A4%A', 400, 'invalid-path'],
    ['/api/v1/items/%', 400, 'invalid-path'],
    ['/%', 400, 'invalid-path'],
    ['/api/v1/items/%zz', 400, 'invalid-path'],
    ['/api/v1/items/%ff', 400, 'invalid-path'],
    ['/docs/%c0%ae', 400, 'invalid-path'],
    ['/metrics/%', 400, 'invalid-path'],
    ['/api/v1/items\\1', 400, 'invalid-target'],
    ['/\\evil.example', 400, 'invalid-target'],
    ['/api/v1/items/\xe9', 400, 'malformed-request'],
    ['/api/v1/list?q=\xe9', 400, 'malformed-request'],
    ['/api/v1/list#fragment', 400, 'invalid-target'],
    ['/api/v1/list?q=a#fragment', 400, 'invalid-target'],
  ])('then the response to %s is %i %s', async (target, status, code) => {
    const answer = await ask(target)
    expect([answer.status, answer.body?.['code']]).toEqual([status, code])
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
    expect(answer.headers['x-request-id']).toBe(code === 'malformed-request' ? answer.body?.['requestId'] : 'our-id')
  })
})

describe('When the target of a request is a URL', () => {
  it.each([
    'http://evil.example/api/v1/list?limit=1',
    'HTTPS://evil.example:8443/api/v1/list?limit=1',
    'http://[::1]:3000/api/v1/list?limit=1',
  ])('then the path and the query of %s are used, also for the link', async (target) => {
    const { status, headers } = await ask(target)
    expect(status).toBe(200)
    expect(headers['link']).toMatch(/^<\/api\/v1\/list\?limit=1&after=[\w-]+>; rel="next"$/)
  })

  it('then its host replaces the header Host, as RFC 9112 requires', async () => {
    expect((await ask('http://there.test:8080/api/v1/items/1')).body).toEqual({ id: '1', host: 'there.test:8080' })
    expect((await ask('/api/v1/items/1')).body).toEqual({ id: '1', host: 'here.test' })
  })

  it.each([
    ['http://evil.example', 404, 'no-such-route'],
    ['http://evil.example?limit=1', 404, 'no-such-route'],
    ['http://evil.example//api/v1/list', 404, 'no-such-route'],
    ['http://evil.example/%', 400, 'invalid-path'],
    ['http://x:99999/api/v1/list?limit=1', 400, 'invalid-target'],
    ['http://x:port/api/v1/list', 400, 'invalid-target'],
    ['http://user:password@x/api/v1/list', 400, 'invalid-target'],
    ['http://[::/api/v1/list', 400, 'invalid-target'],
    ['http://x\\y/api/v1/list', 400, 'invalid-target'],
    ['http:///api/v1/list', 400, 'invalid-target'],
    ['http:/api/v1/list', 400, 'invalid-target'],
    ['ftp://x/api/v1/list', 400, 'invalid-target'],
  ])('then the response to %s is %i %s', async (target, status, code) => {
    const answer = await ask(target)
    // Node's parser rejects some of them, before the service sees the request.
    expect([answer.status, answer.body?.['code']]).toEqual([status, expect.stringMatching(`${code}|malformed-request`)])
    expect(JSON.stringify(answer.body)).not.toContain('password')
  })
})

describe('When the target of a request is neither a path nor a URL', () => {
  it('then OPTIONS * is answered for the whole server', async () => {
    expect(await ask('*', 'OPTIONS')).toMatchObject({ status: 204, headers: { allow: expect.stringContaining('GET') } })
  })

  it.each([
    ['GET', '*'],
    ['POST', '*'],
    ['OPTIONS', '**'],
    ['GET', 'here.test:80'],
    ['GET', 'api/v1/list'],
    ['GET', '?limit=1'],
    ['GET', 'javascript:alert(1)'],
  ])('then %s %s is 400', async (method, target) => {
    const { status, body } = await ask(target, method)
    expect([status, body?.['code']]).toEqual([400, expect.stringMatching('invalid-target|malformed-request')])
  })

  it.each(['\x01', '\x7f', '\t', '\0', '\x1b[31m'])('then a control character in it (%j) is 400', async (control) => {
    const { status, body } = await ask(`/api/v1/list${control}`)
    expect([status, body?.['code']]).toEqual([400, expect.stringMatching('invalid-target|malformed-request')])
  })
})
