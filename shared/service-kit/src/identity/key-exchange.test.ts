import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { afterEach, beforeEach, expect, it } from '@jest/globals'

import { makeApiKey } from './api-key.ts'
import { createKeyExchange } from './key-exchange.ts'

let server: Server
let url: string
let authorizations: (string | undefined)[]

beforeEach(async () => {
  authorizations = []
  server = createServer((request, response) => {
    authorizations.push(request.headers.authorization)
    response.end(JSON.stringify({ access_token: 'a token', expires_in: 900 }))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

it('When a service exchanges a key, then it sends its own token too, if it has one', async () => {
  const unavailable = async () => Promise.reject(new Error('auth-service is unavailable'))
  for (const token of [async () => 'our token', unavailable, undefined]) {
    expect(await createKeyExchange(url, token)(makeApiKey())).toEqual({ token: 'a token', expiresIn: 900 })
  }
  expect(authorizations).toEqual(['Bearer our token', undefined, undefined])
})
