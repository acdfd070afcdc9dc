import { once } from 'node:events'
import { request as openRequest, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { eventually, sendRaw } from '@likeness/test-kit'

import { sendPath, startGateway, type GatewayUnderTest } from './gateway-under-test.ts'

let gateway: GatewayUnderTest
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway?.stop())
beforeEach(() => {
  for (const service of Object.values(gateway.services)) {
    service.requests.length = 0
    service.answer = sendPath
  }
})

const soon = (attempt: () => void) => eventually(attempt, { limitMs: 60_000 })
const received = () =>
  Object.entries(gateway.services).flatMap(([name, { requests }]) => requests.map(({ url }) => `${name} ${url}`))
const mediasService = () => gateway.services['medias-service']

describe('When a request has a path of the table', () => {
  it.each([
    ['/api/v1/auth/login', 'auth-service'],
    ['/api/v1/oauth/token', 'auth-service'],
    ['/.well-known/jwks.json', 'auth-service'],
    ['/api/v1/media', 'medias-service'],
    ['/api/v1/media/1/sizes/small.avif?v=1', 'medias-service'],
    ['/api/v1/tags?q=a%20b', 'medias-service'],
    ['/api/v1/jobs/stats', 'medias-service'],
    ['/api/v1/users/me', 'main-service'],
    ['/api/v1/mediathek', 'main-service'],
    ['/api/v1/authors', 'main-service'],
  ])('then %s goes unchanged to %s', async (path, service) => {
    const answer = await fetch(gateway.url + path)
    expect([answer.status, await answer.text()]).toEqual([200, path])
    expect(received()).toEqual([`${service} ${path}`])
  })
})

describe('When a request is for the inside of the system', () => {
  it.each([
    '/internal/users',
    '/internal',
    '//internal/users',
    '/INTERNAL/users',
    '/%69nternal/users',
    '/metrics',
    '//metrics',
    '/api/../internal/users',
    'http://main-service:3000/internal/users',
    'http://main-service:3000/metrics',
  ])('then %s reaches no service', async (target) => {
    const answer = await sendRaw(gateway.url, `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    expect([answer.status, answer.body?.['code']]).toEqual([404, 'no-such-route'])
    expect(received()).toEqual([])
  })

  it('then a path that leads upwards arrives as it is, so that no route of the service matches', async () => {
    for (const path of ['/api/v1/../../internal/users', '/api/v1/media/..%2f..%2f..%2finternal']) {
      await sendRaw(gateway.url, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    }
    expect(received()).toEqual([
      'main-service /api/v1/../../internal/users',
      'medias-service /api/v1/media/..%2f..%2f..%2finternal',
    ])
  })
})

describe('When the gateway serves its own pages', () => {
  it('then they are static files with a strict policy, and /healthz and /readyz are its own', async () => {
    const start = await fetch(`${gateway.url}/`)
    expect(await start.text()).toContain('Start')
    expect(start.headers.get('content-security-policy')).toContain("style-src 'self'")
    expect(await (await fetch(`${gateway.url}/docs`)).text()).toContain('Reference')
    expect(await (await fetch(`${gateway.url}/healthz`)).json()).toEqual({ status: 'ok' })
    const { checks } = (await (await fetch(`${gateway.url}/readyz`)).json()) as { checks: object }
    expect(Object.keys(checks)).toEqual(['auth-service', 'main-service', 'medias-service'])
  })
})

describe('When bodies are streamed', () => {
  it('then each part of an upload arrives before the next part is sent', async () => {
    const parts: string[] = []
    mediasService().answer = (request, response) => {
      request.on('data', (data: Buffer) => parts.push(data.toString()))
      request.on('end', () => response.writeHead(201, { Location: '/api/v1/media/1' }).end())
    }
    const upload = openRequest(`${gateway.url}/api/v1/media`, { method: 'POST' })
    for (const part of ['first', 'second', 'third']) {
      upload.write(part)
      await soon(() => expect(parts.at(-1)).toBe(part))
    }
    upload.end()
    const [answer] = (await once(upload, 'response')) as [IncomingMessage]
    expect([answer.statusCode, answer.headers.location]).toEqual([201, '/api/v1/media/1'])
    answer.resume()
  })

  it('then each event of a stream arrives before the next event, and the service sees that the client leaves', async () => {
    let closed = false
    let send: (text: string) => void = () => undefined
    mediasService().answer = (_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' })
      send = (text) => response.write(text)
      response.on('close', () => (closed = true))
      send(': open\n\n')
    }
    const leave = new AbortController()
    const answer = await fetch(`${gateway.url}/api/v1/media/1/events`, { signal: leave.signal })
    const reader = answer.body?.getReader()
    const next = async () => new TextDecoder().decode((await reader?.read())?.value)
    expect(await next()).toBe(': open\n\n')
    send('data: 1\n\n')
    expect(await next()).toBe('data: 1\n\n')
    leave.abort()
    await soon(() => expect(closed).toBe(true))
  })

  it('then a range and its headers pass unchanged', async () => {
    mediasService().answer = (request, response) => {
      response.writeHead(206, { 'Content-Range': 'bytes 2-4/10', ETag: '"x"' }).end(`${request.headers.range}`)
    }
    const answer = await fetch(`${gateway.url}/api/v1/media/1/file`, { headers: { Range: 'bytes=2-4' } })
    expect([
      answer.status,
      answer.headers.get('content-range'),
      answer.headers.get('etag'),
      await answer.text(),
    ]).toEqual([206, 'bytes 2-4/10', '"x"', 'bytes=2-4'])
  })

  it('then the service sees that the client stops in the middle of an upload', async () => {
    let aborted = false
    mediasService().answer = (request) => {
      request.on('data', () => undefined)
      request.on('error', () => (aborted = true))
    }
    const upload = openRequest(`${gateway.url}/api/v1/media`, { method: 'POST' })
    upload.on('error', () => undefined)
    upload.write('the first part')
    await soon(() => expect(mediasService().requests).toHaveLength(1))
    upload.destroy()
    await soon(() => expect(aborted).toBe(true))
  })

  it('then a service can reject an upload before it has arrived', async () => {
    mediasService().answer = (_request, response) => {
      response.writeHead(413, { Connection: 'close' }).end('too large')
    }
    const upload = openRequest(`${gateway.url}/api/v1/media`, {
      method: 'POST',
      headers: { 'Content-Length': 50_000_000 },
    })
    upload.on('error', () => undefined)
    upload.write(Buffer.alloc(100_000))
    const [answer] = (await once(upload, 'response')) as [IncomingMessage]
    expect([answer.statusCode, answer.headers.connection]).toEqual([413, 'close'])
    upload.destroy()
  })
})

describe('When a client waits for 100 Continue', () => {
  const head = 'POST /api/v1/media HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n'

  it('then the service asks for the body', async () => {
    const server = mediasService().server
    const continued = new Promise<void>((resolve) => {
      server.once('checkContinue', (request, response) => {
        response.writeContinue()
        request.on('data', (data: Buffer) => response.end(`got ${data.toString()}`))
        resolve()
      })
    })
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1')
    let text = ''
    socket.on('data', (data) => (text += data.toString()))
    socket.write(head)
    await continued
    await soon(() => expect(text).toBe('HTTP/1.1 100 Continue\r\n\r\n'))
    socket.write('body')
    await soon(() => expect(text).toContain('got body'))
    socket.destroy()
  })

  it('then the service can reject the request, and the body is never sent', async () => {
    const server = mediasService().server
    server.once('checkContinue', (_request, response) => response.writeHead(401, { Connection: 'close' }).end('no'))
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1')
    let text = ''
    socket.on('data', (data) => (text += data.toString()))
    socket.write(head)
    await once(socket, 'close')
    expect(text).toMatch(/^HTTP\/1\.1 401 .*no\r\n/s)
    expect(text).not.toContain('100 Continue')
  })
})

describe('When a service fails', () => {
  it('then a request to a stopped service is 503 with Retry-After', async () => {
    const own = await startGateway({ MAIN_SERVICE_URL: 'http://127.0.0.1:1' })
    const answer = await fetch(`${own.url}/api/v1/users`, { headers: { Origin: 'http://localhost:5173' } })
    // In development, a page of this machine can read the problem.
    expect(answer.headers.get('access-control-allow-origin')).toBe('http://localhost:5173')
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2'])
    expect(await answer.json()).toMatchObject({
      code: 'main-service-unavailable',
      instance: '/api/v1/users',
      requestId: answer.headers.get('x-request-id'),
    })
    await own.stop()
  })

  it('then a closed connection without a response is 502', async () => {
    mediasService().answer = (request) => request.socket.destroy()
    const answer = await fetch(`${gateway.url}/api/v1/media`)
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([502, 'bad-gateway'])
  })

  it('then a response that ends too early ends too early for the client, too', async () => {
    mediasService().answer = (request, response) => {
      response.writeHead(200, { 'Content-Length': 10 })
      response.write('half', () => request.socket.destroy())
    }
    const answer = await fetch(`${gateway.url}/api/v1/media/1/file`)
    await expect(answer.text()).rejects.toThrow()
  })
})

describe('When a service wants to know the client', () => {
  const headersOf = async (url: string, headers: Record<string, string>) => {
    await fetch(`${url}/api/v1/media`, { headers })
  }

  it('then the address, the host, the request id and the trace are in the headers', async () => {
    const trace = '00-11111111111111111111111111111111-2222222222222222-01'
    await headersOf(gateway.url, { 'X-Request-Id': 'our-id', traceparent: trace, 'X-Forwarded-Proto': 'https' })
    const { headers } = mediasService().requests[0] as IncomingMessage
    expect(headers).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': new URL(gateway.url).host,
      // The tests run behind no other proxy, but this machine is a trusted proxy by default.
      'x-forwarded-proto': 'https',
      'x-request-id': 'our-id',
      traceparent: expect.stringMatching(/^00-1{32}-(?!2{16})[0-9a-f]{16}-01$/),
    })
  })

  it('then a client that is no trusted proxy cannot forge its address', async () => {
    const own = await startGateway({ TRUSTED_PROXIES: '10.0.0.1' })
    await headersOf(own.url, { 'X-Forwarded-For': '6.6.6.6', 'X-Forwarded-Proto': 'https' })
    expect(own.services['medias-service'].requests[0]?.headers).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
    })
    await own.stop()
  })
})
