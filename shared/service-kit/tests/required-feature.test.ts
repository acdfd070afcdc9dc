import { beforeEach, expect, it } from '@jest/globals'
import { z } from 'zod'

import { ok, routesWith } from '../src/http/route.ts'
import type { Caller, ServiceCaller } from '../src/process/caller.ts'
import { createCounter, createMetrics } from '../src/process/metrics.ts'
import { createSmallApp, signer, startSmallService } from './small-service.ts'

const route = routesWith()
const ada = '0197f4a0-0000-7000-8000-00000000000a'
const evaluated: { gate: string; caller: Caller | ServiceCaller | undefined }[] = []
let isOn: (caller: Caller | ServiceCaller | undefined) => boolean | Promise<boolean> = () => true

const routes = [
  route({
    method: 'post',
    path: '/keys',
    access: 'keys:create',
    feature: 'keys',
    summary: 'Make a key',
    body: z.strictObject({ name: z.string() }),
    answers: { 200: z.object({ name: z.string() }) },
    handle: async ({ body }) => ok(body),
  }),
  route({
    method: 'get',
    path: '/open',
    access: 'anyone',
    feature: 'keys',
    summary: 'Open to all',
    answers: { 200: z.object({}) },
    handle: async (_incoming) => ok({}),
  }),
]

const featuresWith = (known: string[]) => ({
  knows: (gate: string) => known.includes(gate),
  async isOn(gate: string, caller: Caller | ServiceCaller | undefined) {
    evaluated.push({ gate, caller })
    return isOn(caller)
  },
})

let url: string
beforeEach(async () => {
  url = await startSmallService({ routes, features: featuresWith(['keys']) })
})

async function send(method: string, path: string, { token, body }: { token?: string; body?: string } = {}) {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body }),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

const maker = signer.userToken({ sub: ada, permissions: ['keys:create'] })

it('When a route’s feature is off, then the request is rejected before its body is read', async () => {
  isOn = () => false
  const { status, body } = await send('POST', '/api/v1/keys', { token: maker, body: '{ not json' })
  expect([status, body['code'], body['detail']]).toEqual([
    403,
    'feature-disabled',
    'The feature keys is disabled for you.',
  ])
  isOn = () => true
  expect((await send('POST', '/api/v1/keys', { token: maker, body: '{"name":"k"}' })).body).toEqual({ name: 'k' })
})

it('When a feature is on for some users, then it is evaluated for the caller, or for no user without a token', async () => {
  isOn = (caller) => caller?.id === ada
  evaluated.length = 0
  expect((await send('POST', '/api/v1/keys', { token: maker, body: '{"name":"k"}' })).status).toBe(200)
  const other = signer.userToken({ permissions: ['keys:create'] })
  expect((await send('POST', '/api/v1/keys', { token: other, body: '{"name":"k"}' })).status).toBe(403)
  expect((await send('GET', '/api/v1/open')).status).toBe(403)
  expect(evaluated.map(({ gate }) => gate)).toEqual(['keys', 'keys', 'keys'])
  expect(evaluated[2]?.caller).toBeUndefined()
})

it('When the token or the permission is missing, then the request is rejected and no feature is evaluated', async () => {
  isOn = () => false
  evaluated.length = 0
  expect((await send('POST', '/api/v1/keys')).body['code']).toBe('token-missing')
  expect((await send('POST', '/api/v1/keys', { token: signer.userToken() })).body['code']).toBe('forbidden')
  expect(evaluated).toEqual([])
})

it('When the evaluation fails, then the request fails', async () => {
  isOn = () => Promise.reject(new Error('unknown'))
  expect((await send('GET', '/api/v1/open')).status).toBe(500)
})

it('When a route has a feature, then its description names it', async () => {
  const { body } = await send('GET', '/openapi.json')
  const { post } = (body['paths'] as Record<string, Record<string, Record<string, unknown>>>)['/keys'] ?? {}
  expect(post?.['x-feature']).toBe('keys')
  expect(post?.['description']).toContain(
    'Requires the feature `keys`; if the feature is off, the response is 403 `feature-disabled`.',
  )
})

it('When a route requires an unknown feature, then the service does not start', () => {
  expect(() => createSmallApp({ routes, features: featuresWith(['other']) })).toThrow(
    'post /keys requires the feature keys, which is not defined',
  )
})

it('When there are too many label values, then the others are counted together', async () => {
  const metrics = createMetrics('test')
  const count = createCounter(metrics, { name: 'things_total', help: 'Things.', labels: ['thing'] })
  for (let thing = 0; thing < 700; thing++) count({ thing: String(thing) })
  count({ thing: '3' })
  const lines = (await metrics.metrics()).split('\n').filter((line) => line.startsWith('things_total'))
  expect(lines).toHaveLength(501)
  expect(lines).toContain('things_total{thing="other",service="test"} 200')
  expect(lines).toContain('things_total{thing="3",service="test"} 2')
})
