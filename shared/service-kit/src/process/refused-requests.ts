import { randomUUID } from 'node:crypto'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

import type { Logger } from './logger.ts'
import { problems, type Problem } from './problem.ts'
import { setFault } from './request-faults.ts'
import { targetOf } from './request-target.ts'
import { http } from './without-undici.ts'

interface RefusalOptions {
  logger?: Logger | undefined
  /** The `type` of the problems. Default: the page `/docs/errors` of the service. */
  problemType?: string | undefined
}

/** Time in which a client can read a refusal, while the rest of its request is discarded. Then its connection is closed. */
const LINGER_MS = 1_000

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/**
 * Answers the requests that Node itself would refuse, with a problem instead of an empty response, and closes their
 * connections. The application answers as many of them as possible, so that they have an id and a line in the log.
 */
export function refuseWithProblems(server: Server, options: RefusalOptions): void {
  const current = new WeakMap<Duplex, ServerResponse>()
  const refused = new WeakSet<Duplex>()
  server.prependListener('request', (request, response) => current.set(request.socket, response))

  server.on('checkExpectation', (request, response) => {
    setFault(request, problems.expectationFailed())
    server.emit('request', request, response)
  })

  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    setFault(request, problems.methodNotAllowed('CONNECT', methods))
    const response = new http.ServerResponse(request)
    response.shouldKeepAlive = false
    response.assignSocket(socket)
    response.once('finish', () => {
      socket.end()
      socket.resume()
      closeSoon(socket)
    })
    // The HTTP parser no longer handles the errors of this connection.
    socket.on('error', () => socket.destroy())
    server.emit('request', request, response)
  })

  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    // The bytes that follow cause the same error again.
    if (refused.has(socket)) return
    refused.add(socket)
    const response = current.get(socket)
    if (!socket.writable || error.code === 'ECONNRESET' || (response && isBusy(response, socket, error))) {
      socket.destroy(error)
      return
    }
    const problem = problemOf(error)
    if (response && !response.writableEnded) sendThrough(response, problem, options)
    else sendBare(socket, problem, options)
  })
}

/**
 * Whether a problem cannot be sent after this response: the client would read it as a part of the response or as a second
 * response, or the client has disconnected in the middle of its body.
 */
function isBusy(response: ServerResponse, socket: Duplex, { code }: NodeJS.ErrnoException): boolean {
  if (response.writableEnded) return !response.req.complete
  return response.headersSent || response.socket !== socket || code === 'HPE_INVALID_EOF_STATE'
}

/** The errors of Node's parser (llhttp) and of its time limits. */
function problemOf({ code }: NodeJS.ErrnoException): Problem {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return problems.requestTimeout()
    case 'HPE_HEADER_OVERFLOW':
      return problems.headersTooLarge(http.maxHeaderSize)
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return problems.chunkExtensionsTooLarge()
    default:
      return problems.malformedRequest()
  }
}

/** For a request that the application knows, and whose body is late or malformed. */
function sendThrough(response: ServerResponse, problem: Problem, options: RefusalOptions): void {
  const requestId = String(response.getHeader('X-Request-Id') ?? randomUUID())
  const headers = headersOf(problem, requestId)
  const body = bodyOf(problem, { requestId, instance: targetOf(response.req).path }, options)
  // Node does not abort a request that has its response, so its handler would wait for the body for ever.
  response.once('close', () => response.req.destroy())
  response.writeHead(problem.status, { ...headers, 'Content-Length': Buffer.byteLength(body) }).end(body)
}

/** For a request whose headers were not read. */
function sendBare(socket: Duplex, problem: Problem, options: RefusalOptions): void {
  const requestId = randomUUID()
  const { status, code } = problem
  const address = (socket as Socket).remoteAddress
  options.logger?.info({ event: 'request.refused', status, code, requestId, address })
  const body = bodyOf(problem, { requestId, instance: '/' }, options)
  const lines = Object.entries({
    ...headersOf(problem, requestId),
    Date: new Date().toUTCString(),
    'Content-Length': Buffer.byteLength(body),
  }).map(([name, value]) => `${name}: ${value}`)
  socket.end(`HTTP/1.1 ${[`${status} ${http.STATUS_CODES[status]}`, ...lines].join('\r\n')}\r\n\r\n${body}`)
  closeSoon(socket)
}

const headersOf = (problem: Problem, requestId: string) => ({
  ...problem.headers,
  'Content-Type': 'application/problem+json; charset=utf-8',
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'X-Request-Id': requestId,
  Connection: 'close',
})

const bodyOf = (problem: Problem, ids: { requestId: string; instance: string }, { problemType }: RefusalOptions) =>
  JSON.stringify({ ...problem.toJSON(), ...(problemType === undefined ? {} : { type: problemType }), ...ids })

/**
 * Closes a connection after the client had time to read the response. If the connection were closed at once while the
 * client is sending, the client's system would discard the response (RFC 9112 §9.6).
 */
function closeSoon(socket: Duplex): void {
  const timer = setTimeout(() => socket.destroy(), LINGER_MS)
  timer.unref()
  socket.once('close', () => clearTimeout(timer))
}
