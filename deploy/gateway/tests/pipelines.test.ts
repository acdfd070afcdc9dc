import { connect } from 'node:net'

import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { eventually, sendRaw } from '@likeness/test-kit'

import { startGateway, type GatewayUnderTest } from './gateway-under-test.ts'

let gateway: GatewayUnderTest
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway?.stop())

const service = () => gateway.services['main-service']
const open = (text: string) => {
  const { port, hostname } = new URL(gateway.url)
  const socket = connect(Number(port), hostname)
  socket
    .on('error', () => undefined)
    .resume()
    .write(text)
  return socket
}
const connections = () =>
  new Promise<number>((resolve) => service().server.getConnections((_error, count) => resolve(count)))

it('When the length of a body is in the 1,101st header, then the body is not sent as a second request', async () => {
  const inner = 'GET /internal/users HTTP/1.1\r\nHost: x\r\n\r\n'
  const many = 'a: b\r\n'.repeat(1_100)
  const { status } = await sendRaw(
    gateway.url,
    `GET /api/v1/x HTTP/1.1\r\nHost: x\r\n${many}Content-Length: ${inner.length}\r\n\r\n${inner}`,
  )
  expect(status).toBe(400)
  expect(service().requests).toEqual([])
})

it.each([
  [
    'sends a malformed body',
    'POST /api/v1/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n',
    'ZZZ\r\n',
  ],
  ['sends many requests at once', 'GET /api/v1/x HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(30), ''],
])('When a client %s and leaves, then no connection to the service stays open', async (_name, first, second) => {
  let arrived = 0
  service().answer = () => void (arrived += 1)
  const sockets = Array.from({ length: 5 }, () => open(first))
  await eventually(() => expect(arrived).toBeGreaterThan(4), { limitMs: 60_000 })
  // One connection for each client, and at most one idle connection of an earlier test.
  expect(await connections()).toBeLessThanOrEqual(6)
  for (const socket of sockets) socket.write(second)
  await new Promise((resolve) => setTimeout(resolve, 200))
  for (const socket of sockets) socket.destroy()
  await eventually(async () => expect(await connections()).toBeLessThanOrEqual(1), { limitMs: 60_000 })
})
