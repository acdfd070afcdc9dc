import { beforeEach, describe, expect, it } from '@jest/globals'
import { z } from 'zod'

import { pageQuery } from '../src/http/pages.ts'
import { ok, routesWith } from '../src/http/route.ts'
import { createSmallApp, startSmallService } from './small-service.ts'

const route = routesWith()
const answers = { 200: z.looseObject({}) }
const order = { columns: { name: 'name' }, standard: 'name', tieBreak: 'id' } as const

const routes = [
  route({
    method: 'get',
    path: '/list',
    access: 'anyone',
    summary: 'A list',
    query: pageQuery(order).extend({ status: z.string().optional() }),
    answers,
    handle: async ({ query }) => ok(query),
  }),
  route({
    method: 'get',
    path: '/range',
    access: 'anyone',
    summary: 'A list whose filters depend on each other',
    query: z
      .object({ from: z.coerce.number(), to: z.coerce.number() })
      .refine(({ from, to }) => from < to, 'must not be empty'),
    answers,
    handle: async ({ query }) => ok(query),
  }),
  route({
    method: 'get',
    path: '/plain',
    access: 'anyone',
    summary: 'A list without parameters',
    answers,
    handle: async (_incoming) => ok({}),
  }),
  route({
    method: 'get',
    path: '/sent-on',
    access: 'anyone',
    summary: 'A list of another service',
    query: z.looseObject({}),
    answers,
    handle: async ({ query }) => ok(query),
  }),
  route({
    method: 'delete',
    path: '/plain',
    access: 'anyone',
    summary: 'A deletion with a parameter',
    query: z.object({ force: z.string().optional() }),
    answers,
    handle: async (_incoming) => ok({}),
  }),
  ...(['post', 'put', 'patch', 'delete'] as const).map((method) =>
    route({
      method,
      path: '/change',
      access: 'anyone',
      summary: 'A change without parameters',
      answers,
      handle: async (_incoming) => ok({}),
    }),
  ),
]

let url: string
beforeEach(async () => {
  url = await startSmallService({ routes })
})

async function ask(method: string, path: string) {
  const response = await fetch(`${url}/api/v1${path}`, { method })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

describe('When a request has a query parameter that the route does not know', () => {
  it.each([
    ['GET', '/list?before=yesterday', 'query.before'],
    ['GET', '/list?status=ready&Status=ready', 'query.Status', '; did you mean status?'],
    ['GET', '/range?from=1&to=2&step=1', 'query.step'],
    ['GET', '/plain?limit=1', 'query.limit'],
    ['DELETE', '/plain?fource=true', 'query.fource', '; did you mean force?'],
    ['POST', '/change?force=true', 'query.force'],
    ['PUT', '/change?force=true', 'query.force'],
    ['PATCH', '/change?force=true', 'query.force'],
    ['DELETE', '/change?force=true', 'query.force'],
    ['GET', '/list?__proto__=1', 'query.__proto__'],
    ['GET', '/list?constructor=1', 'query.constructor'],
  ])('then %s %s is 422 and names %s', async (method, path, named, advice = '') => {
    expect(await ask(method, path)).toMatchObject({
      status: 422,
      body: { code: 'invalid-request', errors: [{ path: named, message: `is an unknown parameter${advice}` }] },
    })
  })

  it('then a request with known parameters is still accepted', async () => {
    expect((await ask('GET', '/list?status=ready&limit=2')).body).toMatchObject({ status: 'ready', limit: 2 })
    expect((await ask('GET', '/range?from=1&to=2')).body).toEqual({ from: 1, to: 2 })
    expect((await ask('GET', '/range?from=2&to=1')).status).toBe(422)
    expect((await ask('GET', '/plain')).status).toBe(200)
    expect((await ask('GET', '/sent-on?anything=1')).body).toEqual({ anything: '1' })
    expect((await ask('DELETE', '/plain?force=true')).status).toBe(200)
    expect((await ask('DELETE', '/change')).status).toBe(200)
    expect((await ask('POST', '/change')).status).toBe(200)
  })
})

describe('When the query of a route is not an object schema', () => {
  it('then the service does not start, because the router could not make it strict', () => {
    const loose = route({
      method: 'get',
      path: '/loose',
      access: 'anyone',
      summary: 'A list',
      query: z.object({}).transform((query) => query),
      answers,
      handle: async (_incoming) => ok({}),
    })
    expect(() => createSmallApp({ routes: [loose] })).toThrow('get /loose')
  })
})
