import type { RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { deferContinue } from './expect-continue.ts'
import type { StopPhase } from './lifecycle.ts'
import { lingerAfterEarlyResponses } from './linger.ts'
import type { Logger } from './logger.ts'
import { refuseWithProblems } from './refused-requests.ts'
import { checkRequest, faultOf } from './request-faults.ts'
import { PortInUseError, StartError } from './start-error.ts'
import { http } from './without-undici.ts'

export interface Listening {
  server: Server
  port: number
  /** Stops accepting connections, and resolves when the responses of the in-flight requests are sent. */
  close(): Promise<void>
  /** Closes the remaining connections immediately. */
  closeConnections(): void
}

export interface ListenOptions {
  host: string
  port: number
  /** The variable that contains the port, for the error if the port is in use; default `PORT`. */
  portVariable?: string
  /** Logs the requests that the application does not see, and the connections over the limit. */
  logger?: Logger
  /** Maximum milliseconds in which a request must arrive completely; default 5 min. */
  requestLimitMs?: number
  /** Maximum milliseconds in which the headers of a request must arrive, or the first request of a connection. */
  headersLimitMs?: number
  /** Maximum number of connections; 0 and undefined mean no limit. Further connections are closed at once. */
  maxConnections?: number
  /** The `type` of the problems for malformed requests, if the application has no page `/docs/errors`. */
  problemType?: string
}

/** Node closes connections at the first of its checks after a limit: 50 s and 5 s are less than a minute together. */
const HEADERS_LIMIT_MS = 50_000
const CHECK_MS = 5_000

/** Longer than the 60 s of most proxies: otherwise a proxy would send a request while the service closes the connection. */
const IDLE_LIMIT_MS = 65_000

/** Connections over the limit are logged at most this often. */
const DROPPED_LOG_MS = 60_000

/** @throws {StartError} if this process cannot listen on the address; {PortInUseError} if another process does */
export async function listen(app: RequestListener, options: ListenOptions): Promise<Listening> {
  const { host, port, logger, requestLimitMs = 300_000, headersLimitMs = HEADERS_LIMIT_MS } = options
  const server = http.createServer({
    requestTimeout: requestLimitMs,
    headersTimeout: Math.min(headersLimitMs, requestLimitMs),
    connectionsCheckingInterval: Math.min(CHECK_MS, headersLimitMs),
    keepAliveTimeout: IDLE_LIMIT_MS,
    // `checkRequest` rejects a request without the header, with a problem.
    requireHostHeader: false,
  })
  refuseWithProblems(server, { logger, problemType: options.problemType })
  deferContinue(server)
  lingerAfterEarlyResponses(server)
  limitConnections(server, options)
  let isClosing = false
  server.on('request', (request, response) => {
    checkRequest(request)
    // During the shutdown, every response closes its connection. Otherwise a client that sends one request after another
    // on a keep-alive connection, such as the follower of a feed, would keep the server open for ever.
    if (isClosing || faultOf(request)) response.setHeader('Connection', 'close')
    app(request, response)
  })
  await new Promise<void>((resolve, reject) => {
    const refuse = (error: Error) => reject(explainRefusal(error, options))
    server.once('error', refuse)
    server.listen({ host, port }, () => {
      server.off('error', refuse)
      resolve()
    })
  })
  return {
    server,
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        isClosing = true
        const sweep = setInterval(() => server.closeIdleConnections(), 100)
        server.close(() => {
          clearInterval(sweep)
          resolve()
        })
        server.closeIdleConnections()
      }),
    closeConnections: () => server.closeAllConnections(),
  }
}

/** The error as a sentence that names the variable to change. Codes: errno(3). */
function explainRefusal(cause: NodeJS.ErrnoException, { host, port, portVariable = 'PORT' }: ListenOptions): Error {
  switch (cause.code) {
    case 'EADDRINUSE': {
      const message = `Port ${port} is in use. Stop the process that uses it, or set ${portVariable} to another port.`
      return new PortInUseError(message, { cause })
    }
    case 'EACCES':
      return new StartError(`This account may not listen on port ${port}. Set ${portVariable} to a port above 1023.`, {
        cause,
      })
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new StartError(`This machine does not have the address ${host}. Set HOST to one of its addresses.`, {
        cause,
      })
    default:
      return cause
  }
}

function limitConnections(server: Server, { maxConnections, logger }: ListenOptions): void {
  if (!maxConnections) return
  server.maxConnections = maxConnections
  let loggedAt = -Infinity
  server.on('drop', () => {
    if (performance.now() - loggedAt < DROPPED_LOG_MS) return
    loggedAt = performance.now()
    logger?.warn({ event: 'http.connections-dropped', maxConnections })
  })
}

/** The phases of the shutdown of every HTTP service: wait for the in-flight requests, then close their connections. */
export const stopListening = (
  listening: Listening,
  { DRAIN_SECONDS = 20 }: { DRAIN_SECONDS?: number } = {},
): StopPhase[] => [
  { name: 'answer in-flight requests', limitMs: DRAIN_SECONDS * 1_000, run: () => listening.close() },
  {
    name: 'close connections',
    limitMs: 1_000,
    run: async () => listening.closeConnections(),
  },
]
