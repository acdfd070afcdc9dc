import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'

import { expectsContinue } from './expect-continue.ts'

/** The same times as in nginx (`lingering_time`, `lingering_timeout`). */
const LINGER_MS = 30_000
const SILENCE_MS = 5_000

/**
 * Keeps a connection open after its last response, until the client has sent its whole body, and discards the rest.
 *
 * Node closes such a connection at once. If the client is still sending, its system then discards the response that it has
 * not read yet (RFC 9112 §9.6). A connection without `Connection: close` stays open anyway, and Node discards the rest.
 *
 * @param limits the milliseconds until the connection is closed, in total and without a byte from the client
 */
export function lingerAfterEarlyResponses(
  server: Server,
  { lingerMs = LINGER_MS, silenceMs = SILENCE_MS }: { lingerMs?: number; silenceMs?: number } = {},
): void {
  const current = new WeakMap<Socket, IncomingMessage>()
  server.prependListener('request', (request) => current.set(request.socket, request))

  server.on('connection', (socket: Socket) => {
    const close = socket.destroySoon.bind(socket)
    // Node calls it after the last response of a connection.
    socket.destroySoon = () => {
      const request = current.get(socket)
      // A client that waits for `100 Continue` sends no body.
      if (!request || request.complete || expectsContinue(request)) return close()
      socket.end()
      request.unpipe()
      request.resume()
      const timer = setTimeout(close, lingerMs)
      socket.setTimeout(silenceMs, close)
      request.once('end', close)
      socket.once('close', () => clearTimeout(timer))
    }
  })
}
