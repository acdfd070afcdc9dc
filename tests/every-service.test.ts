import { beforeAll, describe, expect, it } from '@jest/globals'
import {
  eventually,
  registerSomebody,
  send,
  sharedSystem,
  startSystem,
  type Json,
  type System,
} from '@likeness/test-kit'

/** The names of the request headers of an operation. */
function headersOf({ components }: Json, { parameters = [] }: Json): string[] {
  return (parameters as Json[])
    .map((parameter) => (parameter.$ref ? components.parameters[parameter.$ref.split('/').at(-1)] : parameter))
    .filter((parameter) => parameter.in === 'header')
    .map(({ name }) => name as string)
}

describe('Every service', () => {
  let system: System
  const services = ['main-service', 'auth-service', 'medias-service'] as const
  const urlOf = (service: string) =>
    ({ 'main-service': system.mainUrl, 'auth-service': system.authUrl, 'medias-service': system.mediasUrl })[service] ??
    ''

  beforeAll(async () => {
    system = await sharedSystem()
  })

  it.each(services)('%s reports that it is alive and ready, with its dependencies', async (service) => {
    expect((await send('GET', `${urlOf(service)}/healthz`)).body).toEqual({ status: 'ok' })
    const ready = await send('GET', `${urlOf(service)}/readyz`)
    expect(ready.status).toBe(200)
    expect(Object.values<Json>(ready.body.checks).every(({ status }) => status === 'ok')).toBe(true)
    // One name for the same thing in every process.
    const names = ['maindb', 'mediasdb', 'store', 'broker', 'revocations', 'mail', ...services]
    expect(Object.keys(ready.body.checks).filter((name) => !names.includes(name))).toEqual([])
  })

  it.each(services)('%s has Prometheus metrics by route, not by URL', async (service) => {
    const url = urlOf(service)
    await send('GET', `${url}/api/v1/nothing/${Date.now()}`)
    const { body, headers } = await send('GET', `${url}/metrics`)
    expect(headers.get('content-type')).toMatch(/^text\/plain/)
    expect(body).toContain('process_cpu_seconds_total')
    expect(body).toMatch(/likeness_http_request_duration_seconds_count\{[^}]*route="none"[^}]*status="404"/)
  })

  it.each(services)(
    '%s describes every route in OpenAPI 3.1, with its responses and its permission',
    async (service) => {
      const { body } = await send('GET', `${urlOf(service)}/openapi.json`)
      expect(body.openapi).toBe('3.1.0')
      const operations = Object.values<Json>(body.paths).flatMap((path) => Object.values<Json>(path))
      expect(operations.length).toBeGreaterThan(5)
      for (const operation of operations) {
        expect(operation.summary).toBeTruthy()
        const { $ref, content } = operation.responses[500]
        const { content: shared } = body.components.responses[$ref?.split('/').at(-1)] ?? {}
        expect((content ?? shared)['application/problem+json']).toBeTruthy()
        expect(operation).toHaveProperty('x-permission')
      }
      expect(Object.keys(body.paths).filter((path) => path.includes('internal'))).toEqual([])
    },
  )

  it.each([
    ['main-service', '/users', true],
    ['main-service', '/users/{id}/restore', false],
    ['medias-service', '/media', true],
    ['auth-service', '/auth/register', false],
  ])('%s describes whether POST %s accepts an Idempotency-Key (%p)', async (service, path, takes) => {
    const { body } = await send('GET', `${urlOf(service)}/openapi.json`)
    expect(headersOf(body, body.paths[path].post).includes('Idempotency-Key')).toBe(takes)
  })

  it.each([
    ['auth-service', 'delete', '/auth/sessions/{id}', ['not-found']],
    ['main-service', 'patch', '/roles/{id}', ['not-found', 'precondition-required', 'precondition-failed']],
    ['medias-service', 'patch', '/media/{id}', ['not-found', 'precondition-failed']],
  ])('%s describes the errors of %s %s that follow from its parameters', async (service, method, path, codes) => {
    const { body } = await send('GET', `${urlOf(service)}/openapi.json`)
    const operation = body.paths[path][method]

    expect(operation['x-problems']).toEqual(expect.arrayContaining(codes))
    const { $ref, content } = operation.responses[404]
    const { content: shared } = body.components.responses[$ref?.split('/').at(-1)] ?? {}
    expect(JSON.stringify(content ?? shared)).toContain('"not-found"')
    expect(headersOf(body, operation).includes('If-Match')).toBe(codes.includes('precondition-failed'))
  })

  it.each(services)('%s serves its documentation without files from other hosts', async (service) => {
    const page = await send('GET', `${urlOf(service)}/docs/`)
    expect(page.status).toBe(200)
    const assets = [...(page.body as unknown as string).matchAll(/(?:src|href)="([^"]+)"/g)].map(
      ([, asset]) => asset ?? '',
    )
    expect(assets.length).toBeGreaterThan(2)
    for (const asset of assets) {
      expect(asset).not.toMatch(/^(https?:)?\/\//)
      expect((await send('GET', new URL(asset, `${urlOf(service)}/docs/`).href)).status).toBe(200)
    }
  })

  it.each(services)('%s returns a problem with the request id for an unknown path', async (service) => {
    const answer = await send('GET', `${urlOf(service)}/api/v1/nowhere?secret=1`, {
      headers: { 'x-request-id': 'my-id-1' },
    })
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    expect(answer.headers.get('x-request-id')).toBe('my-id-1')
    expect(answer.body).toEqual({
      type: expect.any(String),
      title: 'Not Found',
      status: 404,
      detail: expect.any(String),
      instance: '/api/v1/nowhere',
      code: 'no-such-route',
      requestId: 'my-id-1',
    })
  })

  it.each([
    ['{"email": ', 'application/json', 400, 'invalid-json'],
    ['email=a', 'application/x-www-form-urlencoded', 415, 'unsupported-media-type'],
    [JSON.stringify({ email: 'x'.repeat(1_100_000) }), 'application/json', 413, 'body-too-large'],
  ])('an unreadable body has a specific problem code (%#)', async (body, type, status, code) => {
    const response = await fetch(`${system.authUrl}/api/v1/auth/login`, {
      method: 'POST',
      headers: { 'content-type': type },
      body,
    })
    const problem = (await response.json()) as Json
    expect([response.status, problem.code]).toEqual([status, code])
  })

  it.each([
    ['invalid gzip', '{}', { 'content-encoding': 'gzip' }, 400, 'unreadable-body'],
    ['null', 'null', {}, 422, 'invalid-request'],
  ])('a body of %s does not count as empty', async (_what, body, headers, status, code) => {
    const response = await fetch(`${system.authUrl}/api/v1/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    })
    const problem = (await response.json()) as Json
    expect([response.status, problem.code]).toEqual([status, code])
  })

  it('the response to a body with many errors lists at most a hundred', async () => {
    const body = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`field${index}`, 1]))
    const answer = await send('POST', `${system.authUrl}/api/v1/auth/login`, { body })
    expect(answer.status).toBe(422)
    expect(answer.body.errors).toHaveLength(100)
  })

  it('the response to an unsupported method lists the supported methods', async () => {
    const answer = await send('PUT', `${system.mainUrl}/api/v1/users`)
    expect([answer.status, answer.body.code]).toEqual([405, 'method-not-allowed'])
    expect(answer.headers.get('allow')).toBe('GET, HEAD, POST')
    const options = await send('OPTIONS', `${system.mediasUrl}/api/v1/media`)
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'POST, GET, HEAD'])
  })

  it('a request can be traced through every service that handles it', async () => {
    const ada = await registerSomebody(system)
    const trace = '0af7651916cd43dd8448eb211c80319c'
    await send('GET', `${system.mainUrl}/api/v1/users/${ada.id}/media`, {
      token: ada.accessToken,
      headers: { 'x-request-id': 'followed-1', traceparent: `00-${trace}-b7ad6b7169203331-01` },
    })
    const followed = (log: Json[]) =>
      log.some((line) => line.event === 'request.done' && line.requestId === 'followed-1' && line.traceId === trace)
    await eventually(
      () => {
        expect(followed(system.main.log)).toBe(true)
        expect(followed(system.medias.log)).toBe(true)
      },
      { limitMs: 60_000 },
    )
  })

  it('no log contains a password or a token', async () => {
    const ada = await registerSomebody(system)
    const lines = [system.main, system.auth, system.medias].flatMap(({ log }) =>
      log.map((line) => JSON.stringify(line)),
    )
    for (const secret of [ada.password, ada.accessToken, ada.refreshToken]) {
      expect(lines.filter((line) => line.includes(secret))).toEqual([])
    }
  })

  it('every process stops on SIGTERM with exit code 0', async () => {
    const own = await startSystem()
    try {
      for (const service of [own.main, own.auth, own.medias, ...own.workers]) {
        await service.stop()
        expect(await service.exited).toEqual({ code: 0, signal: null })
      }
    } finally {
      await own.stop()
    }
  })
})
