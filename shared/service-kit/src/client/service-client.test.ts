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

/** A client of a service that gives this answer to everything. */
async function answering(status: number, body: string) {
  server = createServer((_request, response) => response.writeHead(status).end(body))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return createServiceClient({ name: 'medias-service', baseUrl, token: async () => 'our-token' })
}

const away = { status: 503, code: 'medias-service-unavailable', headers: { 'Retry-After': '2' } }
const toldBy = (code: string) => JSON.stringify({ code, detail: 'Why.' })

it('When something else answers in the service’s place, then the service is away', async () => {
  const client = await answering(404, '<h1>Not here</h1>')
  await expect(client.send('GET', '/file')).rejects.toMatchObject(away)
})

it('When our own token is refused, then whoever asked us does not hear that it is theirs', async () => {
  const client = await answering(401, toldBy(problems.tokenInvalid().code))
  await expect(client.send('GET', '/file')).rejects.toMatchObject(away)
})

it('When our own token is refused and another is taken, as after a change of keys, then nobody hears of it', async () => {
  server = createServer((request, response) => {
    const isTaken = request.headers.authorization === 'Bearer another'
    response.writeHead(isTaken ? 200 : 401).end(isTaken ? '{"done":true}' : toldBy('token-invalid'))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const token = async (refused?: string) => (refused === 'old' ? 'another' : 'old')
  const client = createServiceClient({ name: 'medias-service', baseUrl, token })

  expect(await client.send('POST', '/file', { body: {} })).toMatchObject({ status: 200, body: { done: true } })
})

it('When the caller’s token is refused, or what our request was about, then that is handed on', async () => {
  const refusing = await answering(401, toldBy('token-stale'))
  expect(problemOf(await refusing.send('GET', '/file', { token: 'theirs' }))).toMatchObject({ code: 'token-stale' })
  server?.close()
  const ended = await answering(401, toldBy('session-ended'))
  expect(problemOf(await ended.send('GET', '/file'))).toMatchObject({ status: 401, code: 'session-ended' })
})

it('When a refusal is no problem of ours, then it is 503, and when to come back is told', () => {
  expect(problemOf({ status: 400, body: { message: 'no' } })).toMatchObject({
    status: 503,
    code: 'dependency-unavailable',
    headers: { 'Retry-After': '2' },
  })
})
