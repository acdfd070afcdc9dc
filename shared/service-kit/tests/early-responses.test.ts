import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { listen, type Listening } from '../src/process/http-server.ts'
import { lingerAfterEarlyResponses } from '../src/process/linger.ts'

const PART = Buffer.alloc(65_536)
const PARTS = 400

describe('When a service responds before the whole body has arrived', () => {
  let listening: Listening
  beforeAll(async () => {
    listening = await listen((_request, response) => response.writeHead(401).end('rejected'), {
      host: '127.0.0.1',
      port: 0,
    })
  })
  afterAll(async () => {
    listening?.closeConnections()
    await listening?.close()
  })

  /** Sends 26 MB, and reads the response only afterwards. @returns the first line of the response */
  async function upload(connection: string): Promise<string | undefined> {
    const socket = connect(listening.port, '127.0.0.1').pause()
    socket.write(
      `POST / HTTP/1.1\r\nHost: x\r\nConnection: ${connection}\r\nContent-Length: ${PART.length * PARTS}\r\n\r\n`,
    )
    const failed = once(socket, 'close').then(() => undefined)
    for (let sent = 0; sent < PARTS; sent++) {
      if (!socket.write(PART)) await Promise.race([once(socket, 'drain'), failed])
    }
    const received = once(socket, 'data').then(([data]) => String(data).split('\r\n')[0])
    socket.resume()
    const line = await Promise.race([received, failed])
    socket.destroy()
    return line
  }

  it.each(['close', 'keep-alive'])(
    'then a client that is still sending receives the response (Connection: %s)',
    async (connection) => {
      for (let round = 0; round < 10; round++) expect(await upload(connection)).toBe('HTTP/1.1 401 Unauthorized')
    },
  )

  /** Sends half of a body, reads the response, and waits until the service closes the connection. */
  async function leave(limits: { lingerMs?: number; silenceMs?: number }, rest: string): Promise<void> {
    const server = createServer((_request, response) => response.writeHead(401).end('rejected'))
    lingerAfterEarlyResponses(server, limits)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const closed = new Promise((resolve) => server.once('connection', (one: Socket) => one.once('close', resolve)))
    const { port } = server.address() as AddressInfo
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    let text = ''
    socket.on('data', (data) => (text += data.toString()))
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 8\r\n\r\nhalf')
    await once(socket, 'end')
    expect(text).toMatch(/^HTTP\/1\.1 401 .*rejected/s)
    socket.write(rest)
    await closed
    socket.destroy()
    server.close()
  }
  const never = 3_600_000

  it('then the connection is closed as soon as the rest of the body has arrived', () =>
    leave({ lingerMs: never, silenceMs: never }, 'rest'))

  it('then the connection is closed after a while if the client sends nothing more', () =>
    leave({ lingerMs: never, silenceMs: 200 }, ''))

  it('then the connection is closed after a while if the client never stops sending', () =>
    leave({ lingerMs: 200, silenceMs: never }, 're'))
})
