import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'

import { afterEach, describe, expect, it } from '@jest/globals'
import { eventually } from '@likeness/test-kit'

import { createServiceClient, type ServiceClient } from '../src/client/service-client.ts'
import { problems } from '../src/process/problem.ts'

let server: Server | undefined
/** Requests that the server is answering. */
let inFlight = 0

afterEach(async () => {
  server?.closeAllConnections()
  await new Promise((resolve) => server?.close(resolve) ?? resolve(undefined))
  server = undefined
})

async function serve(answer: RequestListener): Promise<ServiceClient> {
  server = createServer((request, response) => {
    inFlight += 1
    response.once('close', () => (inFlight -= 1))
    void answer(request, response)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return createServiceClient({
    name: 'medias-service',
    baseUrl,
    token: async (refused) => (refused ? 'another' : 'our-token'),
  })
}

const allClosed = () => eventually(() => expect(inFlight).toBe(0), { limitMs: 60_000 })

const away = { status: 503, code: 'medias-service-unavailable' }

describe('A stream from another service', () => {
  it('When the stream is read to its end, then every byte arrives, and the request had this service’s token', async () => {
    const bytes = Buffer.alloc(3_000_000, 'abc')
    const seen: (string | undefined)[] = []
    const client = await serve((request, response) => {
      seen.push(request.headers.authorization, request.url)
      response.end(bytes)
    })

    const read = await buffer(await client.stream('/file', { query: { version: 2 } }))

    expect(read.equals(bytes)).toBe(true)
    expect(seen).toEqual(['Bearer our-token', '/file?version=2'])
  })

  it('When nobody reads, then only as much is sent as fits into the buffers, and the time limit does not apply', async () => {
    let sent = 0
    const client = await serve((_request, response) => {
      const write = () => {
        let hasRoom = true
        while (sent < 200_000_000 && hasRoom) {
          hasRoom = response.write(Buffer.alloc(65_536))
          sent += 65_536
        }
      }
      response.on('drain', write)
      write()
    })

    const stream = await client.stream('/file', { idleLimitMs: 100 })
    await pause(500)
    const before = sent
    await pause(500)

    expect(sent).toBe(before)
    expect(sent).toBeLessThan(50_000_000)
    expect(stream.destroyed).toBe(false)
    stream.destroy()
    await allClosed()
  })

  it('When the service stops sending, then the stream fails with 503, and the connection is closed', async () => {
    const client = await serve((_request, response) => void response.writeHead(200).write('a beginning'))

    const stream = await client.stream('/file', { idleLimitMs: 100 })

    await expect(buffer(stream)).rejects.toMatchObject(away)
    await allClosed()
  })

  it('When the service closes the connection too early, then the stream fails with 503', async () => {
    const client = await serve((_request, response) => {
      response.writeHead(200, { 'Content-Length': 1_000 }).write('a beginning')
      setTimeout(() => response.destroy(), 50)
    })

    await expect(buffer(await client.stream('/file'))).rejects.toMatchObject(away)
  })

  it('When the response does not begin in time, then the call fails with 503, and the connection is closed', async () => {
    const client = await serve(() => undefined)

    await expect(client.stream('/file', { headersLimitMs: 100 })).rejects.toMatchObject(away)
    await allClosed()
  })

  it('When the caller aborts, before or after the response began, then the connection is closed', async () => {
    const client = await serve((request, response) => {
      if (request.url === '/begun') response.writeHead(200).write('a beginning')
    })
    const giveUp = new AbortController()
    const { signal } = giveUp

    const silent = client.stream('/silent', { signal })
    const read = buffer(await client.stream('/begun', { signal }))
    giveUp.abort()

    await expect(silent).rejects.toMatchObject(away)
    await expect(read).rejects.toMatchObject(away)
    await expect(client.stream('/late', { signal })).rejects.toMatchObject(away)
    await allClosed()
  })

  it('When this service’s token is rejected, then another one is requested, and the stream begins', async () => {
    const client = await serve((request, response) => {
      if (request.headers.authorization === 'Bearer another') return void response.end('all of it')
      const refusal = problems.tokenInvalid()
      response.writeHead(refusal.status).end(JSON.stringify(refusal))
    })

    expect((await buffer(await client.stream('/file'))).toString()).toBe('all of it')
  })

  it('When the service returns a problem, then it is thrown; when the service fails, 503 is thrown', async () => {
    const client = await serve((request, response) => {
      const problem = request.url === '/none' ? problems.notFound('file') : problems.unavailable('database')
      response.writeHead(problem.status).end(JSON.stringify(problem))
    })

    await expect(client.stream('/none')).rejects.toMatchObject({ status: 404, code: 'not-found' })
    await expect(client.stream('/broken')).rejects.toMatchObject(away)
  })
})
