import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { afterEach, expect, it } from '@jest/globals'

import { problems } from '../process/problem.ts'
import { createServiceClient, problemOf } from './service-client.ts'

let server: Server | undefined

afterEach(async () => {
  server?.closeAllConnections()
  await new Promise((resolve) => server?.close(resolve) ?? resolve(undefined))
  server = undefined
})

/** A client of a service that returns this response to every request. */
async function answering(status: number, body: string) {
  server = createServer((_request, response) => response.writeHead(status).end(body))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return createServiceClient({ name: 'medias-service', baseUrl, token: async () => 'our-token' })
}

const unavailable = { status: 503, code: 'medias-service-unavailable', headers: { 'Retry-After': '2' } }
const problemBody = (code: string) => JSON.stringify({ code, detail: 'Why.' })

it('When another server answers at the service’s URL, then the service counts as unavailable', async () => {
  const client = await answering(404, '<h1>Not here</h1>')
  await expect(client.send('GET', '/file')).rejects.toMatchObject(unavailable)
})

it('When this service’s own token is rejected, then the client gets 503, not 401', async () => {
  const client = await answering(401, problemBody(problems.tokenInvalid().code))
  await expect(client.send('GET', '/file')).rejects.toMatchObject(unavailable)
})

it('When this service’s own token is rejected after a change of keys, then the call succeeds with a new token', async () => {
  server = createServer((request, response) => {
    const isAccepted = request.headers.authorization === 'Bearer another'
    response.writeHead(isAccepted ? 200 : 401).end(isAccepted ? '{"done":true}' : problemBody('token-invalid'))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const token = async (refused?: string) => (refused === 'old' ? 'another' : 'old')
  const client = createServiceClient({ name: 'medias-service', baseUrl, token })

  expect(await client.send('POST', '/file', { body: {} })).toMatchObject({ status: 200, body: { done: true } })
})

it('When the service rejects the caller’s token or session, then its problem is passed on', async () => {
  const refusing = await answering(401, problemBody('token-stale'))
  expect(problemOf(await refusing.send('GET', '/file', { token: 'theirs' }))).toMatchObject({ code: 'token-stale' })
  server?.close()
  const ended = await answering(401, problemBody('session-ended'))
  expect(problemOf(await ended.send('GET', '/file'))).toMatchObject({ status: 401, code: 'session-ended' })
})

it('When an error has no problem code, then it becomes 503 with Retry-After', () => {
  expect(problemOf({ status: 400, body: { message: 'no' } })).toMatchObject({
    status: 503,
    code: 'dependency-unavailable',
    headers: { 'Retry-After': '2' },
  })
})
