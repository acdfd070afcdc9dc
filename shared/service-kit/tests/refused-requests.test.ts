import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { Writable } from 'node:stream'

import { beforeEach, describe, expect, it } from '@jest/globals'
import { eventually, parseRawAnswer, sendRaw } from '@likeness/test-kit'
import { pino } from 'pino'
import { z } from 'zod'

import { createHealthApp } from '../src/health.ts'
import { ok, routesWith } from '../src/http/route.ts'
import { createLogger } from '../src/process/logger.ts'
import { createMetrics } from '../src/process/metrics.ts'
import { createSmallApp, signer, startServer } from './small-service.ts'

const route = routesWith()
const app = () =>
  createSmallApp({
    routes: [
      route({
        method: 'post',
        path: '/words',
        access: 'signed-in',
        summary: 'Receive a word',
        body: z.strictObject({ word: z.string() }),
        answers: { 200: z.object({ word: z.string() }) },
        handle: async ({ body }) => ok(body),
      }),
    ],
  })
const healthApp = () =>
  createHealthApp({
    logger: createLogger({ service: 'test', level: 'silent' }),
    metrics: createMetrics('test'),
    checks: [],
    liveness: [],
  })

const within = { limitMs: 60_000 }

/** The lines of a log in memory. */
function memoryLog() {
  const lines: Record<string, unknown>[] = []
  const write = (chunk: Buffer, _encoding: string, done: () => void) => {
    lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>)
    done()
  }
  return { lines, logger: pino(new Writable({ write })) }
}

const host = 'Host: here.test\r\n'
const authorization = `Authorization: Bearer ${signer.userToken()}\r\n`
const postHead = `POST /api/v1/words HTTP/1.1\r\n${host}${authorization}Content-Type: application/json\r\n`
const chunkedHead = `${postHead}Transfer-Encoding: chunked\r\n\r\n`

const malformed: [what: string, text: string, status: number, code: string][] = [
  ['another protocol', 'GARBAGE\r\n\r\n', 400, 'malformed-request'],
  ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400, 'malformed-request'],
  ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'malformed-request'],
  ['an unknown method', `STEAL / HTTP/1.1\r\n${host}\r\n`, 400, 'malformed-request'],
  ['a header with a space in its name', `GET / HTTP/1.1\r\n${host}My Header: 1\r\n\r\n`, 400, 'malformed-request'],
  ['a header on two lines', `GET / HTTP/1.1\r\n${host}A: b\r\n c\r\n\r\n`, 400, 'malformed-request'],
  ['a NUL in a header', `GET / HTTP/1.1\r\n${host}A: \0\r\n\r\n`, 400, 'malformed-request'],
  ['no host', 'GET /healthz HTTP/1.1\r\n\r\n', 400, 'malformed-request'],
  ['two hosts', `GET /healthz HTTP/1.1\r\n${host}${host}\r\n`, 400, 'malformed-request'],
  ['more headers than Node reads', `GET / HTTP/1.1\r\n${'a:b\r\n'.repeat(2_500)}${host}\r\n`, 400, 'malformed-request'],
  ['two lengths', `POST / HTTP/1.1\r\n${host}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`, 400, 'malformed-request'],
  [
    'a length and chunks',
    `POST / HTTP/1.1\r\n${host}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
    400,
    'malformed-request',
  ],
  ['headers of 20 KB', `GET / HTTP/1.1\r\n${host}A: ${'a'.repeat(20_000)}\r\n\r\n`, 431, 'headers-too-large'],
  ['a path of 20 KB', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\n${host}\r\n`, 431, 'headers-too-large'],
  ['an unknown expectation', `GET /healthz HTTP/1.1\r\n${host}Expect: tea\r\n\r\n`, 417, 'expectation-failed'],
  ['CONNECT', `CONNECT evil.example:443 HTTP/1.1\r\n${host}\r\n`, 405, 'method-not-allowed'],
]

const malformedBodies: typeof malformed = [
  ['a chunk with a length that is no number', `${chunkedHead}zz\r\n`, 400, 'malformed-request'],
  ['chunk extensions of 20 KB', `${chunkedHead}5;${'x'.repeat(20_000)}\r\n`, 413, 'chunk-extensions-too-large'],
]

describe.each([
  ['a service', app, undefined, [...malformed, ...malformedBodies]],
  ['a worker', healthApp, 'about:blank', malformed],
])('When %s receives a request that Node refuses', (_who, create, problemType, requests) => {
  let url: string
  beforeEach(async () => {
    url = await startServer(create(), problemType ? { problemType } : {})
  })

  it.each(requests)('then %s is a problem, and the connection is closed', async (_what, text, status, code) => {
    const answer = await sendRaw(url, text)

    expect([answer.status, answer.body?.['code']]).toEqual([status, code])
    expect(answer.headers).toMatchObject({
      connection: 'close',
      'content-type': expect.stringMatching(/^application\/problem\+json/),
    })
    expect(answer.body).toMatchObject({
      type: problemType ?? `/docs/errors#${code}`,
      status,
      instance: expect.any(String),
    })
  })
})

describe('When a service receives a request that Node refuses', () => {
  it('then the response has a request id, which is in the log together with the code', async () => {
    const { logger, lines } = memoryLog()
    const url = await startServer(app(), { logger })
    const { headers, body } = await sendRaw(url, 'GARBAGE\r\n\r\n')

    expect(body?.['requestId']).toBe(headers['x-request-id'])
    expect(lines).toEqual([
      expect.objectContaining({
        event: 'request.refused',
        code: 'malformed-request',
        status: 400,
        requestId: body?.['requestId'],
        address: '127.0.0.1',
      }),
    ])
  })

  it('then a malformed request after a good one is a problem too', async () => {
    const url = await startServer(app())
    const good = `GET /healthz HTTP/1.1\r\n${host}\r\n`
    expect(await sendRaw(url, `${good}GARBAGE\r\n\r\n`)).toMatchObject({ status: 400 })
  })

  it('then a handler that reads a malformed body learns that it will not arrive', async () => {
    const ended = new Promise<boolean>((resolve) => {
      void startServer((request) => void request.resume().once('close', () => resolve(request.complete))).then((url) =>
        sendRaw(url, `${chunkedHead}zz\r\n`),
      )
    })
    expect(await ended).toBe(false)
  })

  it('then bytes that follow the error cause no second response', async () => {
    const url = await startServer(app())
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    const received = textOf(socket)
    socket.write('GARBAGE\r\n\r\n')
    await once(socket, 'data')
    for (let round = 0; round < 5 && !socket.destroyed; round++) {
      socket.write('GARBAGE\r\n\r\n', () => undefined)
      await new Promise((resolve) => setImmediate(resolve))
    }
    socket.end()
    await once(socket, 'close')
    expect(received().match(/HTTP\/1\.1 /g)).toHaveLength(1)
  })

  it('then a request to change the protocol gets an ordinary response', async () => {
    const url = await startServer(app())
    const headers = `${host}Connection: Upgrade, close\r\nUpgrade: websocket\r\n`
    expect((await sendRaw(url, `GET /healthz HTTP/1.1\r\n${headers}\r\n`)).status).toBe(200)
  })

  it('then HTTP/1.0 without a host is accepted', async () => {
    const url = await startServer(app())
    expect((await sendRaw(url, 'GET /healthz HTTP/1.0\r\n\r\n')).status).toBe(200)
  })
})

describe('When a request is slow', () => {
  it.each([
    ['nothing arrives', ''],
    ['the request line is incomplete', 'GET /healthz'],
    ['the headers are incomplete', `GET /healthz HTTP/1.1\r\n${host}A: `],
    ['the headers of a second request are incomplete', `GET /healthz HTTP/1.1\r\n${host}\r\nGET /`],
  ])('then 408 ends the connection if %s', async (_what, text) => {
    const { logger, lines } = memoryLog()
    const url = await startServer(app(), { logger, headersLimitMs: 200 })

    const { status, body } = await sendRaw(url, text)

    expect([status, body?.['code']]).toEqual([408, 'request-timeout'])
    expect(lines).toMatchObject([{ event: 'request.refused', code: 'request-timeout' }])
  })

  it('then the handler that reads the body learns that it will not arrive', async () => {
    const ended = new Promise<boolean>((resolve) => {
      void startServer((request) => void request.resume().once('close', () => resolve(request.complete)), {
        headersLimitMs: 200,
        requestLimitMs: 300,
      }).then((url) => sendRaw(url, `${postHead}Content-Length: 100\r\n\r\n{`))
    })
    expect(await ended).toBe(false)
  })

  it('then 408 ends the connection if the body does not arrive, with the id of the request', async () => {
    const url = await startServer(app(), { headersLimitMs: 200, requestLimitMs: 300 })
    const { status, body } = await sendRaw(url, `${postHead}X-Request-Id: our-id\r\nContent-Length: 100\r\n\r\n{`)
    expect([status, body]).toEqual([
      408,
      expect.objectContaining({ code: 'request-timeout', requestId: 'our-id', instance: '/api/v1/words' }),
    ])
  })
})

describe('When a client waits for 100 Continue before it sends its body', () => {
  const body = '{"word":"tea"}'
  const expectation = `Expect: 100-continue\r\nContent-Length: ${body.length}\r\n`

  it('then a rejected request does not ask for the body', async () => {
    const url = await startServer(app())
    const text = `POST /api/v1/words HTTP/1.1\r\n${host}Content-Type: application/json\r\n${expectation}\r\n`
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    const received = textOf(socket)
    socket.write(text)
    await once(socket, 'close')
    expect(received()).toMatch(/^HTTP\/1\.1 401 /)
    expect(parseRawAnswer(received()).headers['connection']).toBe('close')
  })

  it('then an accepted request asks for the body, and the connection stays open', async () => {
    const url = await startServer(app())
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    const received = textOf(socket)
    socket.write(`${postHead}${expectation}\r\n`)
    await eventually(async () => expect(received()).toBe('HTTP/1.1 100 Continue\r\n\r\n'), within)
    socket.write(body)
    await eventually(async () => expect(received()).toContain(body), within)
    expect(parseRawAnswer(received()).status).toBe(200)
    socket.write(`GET /healthz HTTP/1.1\r\n${host}\r\n`)
    await eventually(async () => expect(received()).toContain('{"status":"ok"}'), within)
    socket.destroy()
  })
})

describe('When more connections are open than the limit', () => {
  it('then further connections are closed at once and logged, until one of the others ends', async () => {
    const { logger, lines } = memoryLog()
    const url = await startServer(app(), { logger, maxConnections: 2 })
    const port = Number(new URL(url).port)
    const open = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')]
    for (const socket of open) {
      socket.write(`GET /healthz HTTP/1.1\r\n${host}\r\n`)
      await once(socket, 'data')
    }

    for (let more = 0; more < 2; more++) {
      const third = connect(port, '127.0.0.1').on('error', () => undefined)
      third.resume()
      await once(third, 'close')
    }
    expect(lines).toMatchObject([{ event: 'http.connections-dropped', maxConnections: 2 }])

    open[0]?.destroy()
    await eventually(async () => {
      expect(await sendRaw(url, `GET /healthz HTTP/1.1\r\n${host}Connection: close\r\n\r\n`)).toMatchObject({
        status: 200,
      })
    }, within)
    open[1]?.destroy()
  })
})

/** @returns the text that the socket has received so far */
function textOf(socket: Socket): () => string {
  let text = ''
  socket.on('data', (chunk) => (text += chunk.toString('latin1')))
  return () => text
}
