import { Agent as HttpAgent, type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'

import {
  currentRequest,
  expectsContinue,
  type Problem,
  problems,
  requestBody,
  targetOf,
} from '@likeness/service-kit/process'
import type { Request, Response } from 'express'
import { createProxyServer } from 'httpxy'

import type { ServiceName } from './route-table.ts'

export interface Services {
  /**
   * Sends the request to a service and its response to the client. Both bodies are streamed.
   *
   * @throws {Problem} 503 if the service is unavailable; 502 if it closed the connection before it sent a response
   */
  forward(service: ServiceName, request: Request, response: Response): Promise<void>
  /** Ends the event streams, which would otherwise not end before the services stop. Clients open them again. */
  endStreams(): void
  close(): void
}

/** An idle connection is closed before the service closes it, which happens after 65 s. */
const IDLE_MS = 60_000

/** The time without a byte in either direction, after which a request fails. An event stream has a comment every 15 s. */
const SILENCE_MS = 300_000

/** The headers that belong to one connection only (RFC 9110 §7.6.1). Node sets those of the other connection. */
const connectionHeaders = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'upgrade']

/** The steps at which a connection could not be opened, so the service has not received the request. */
const openingSteps = ['connect', 'getaddrinfo']

/** Creates the connections to the services. */
export function forwardTo(urls: Record<ServiceName, string>): Services {
  // Without a limit, because each event stream uses a connection.
  const agents = { 'http:': new HttpAgent(agentOptions), 'https:': new HttpsAgent(agentOptions) }
  const proxy = createProxyServer({ proxyTimeout: SILENCE_MS })
  const streams = new Set<ServerResponse>()

  proxy.on('proxyReq', (outgoing, request, response) => {
    endWithClient(outgoing, request)
    if (!expectsContinue(request)) return
    // The service decides whether the client sends its body.
    outgoing.setHeader('Expect', '100-continue')
    outgoing.once('continue', () => requestBody(request, response))
    outgoing.flushHeaders()
  })
  proxy.on('proxyRes', ({ headers }, _request, response) => {
    if (headers['content-type']?.startsWith('text/event-stream')) {
      streams.add(response)
      response.once('close', () => streams.delete(response))
    }
    // A service closes the connection if it does not read the whole body. Then the gateway does the same.
    const mustClose = headers.connection === 'close' || response.getHeader('connection') === 'close'
    for (const name of connectionHeaders) delete headers[name]
    headers.connection = mustClose || !response.shouldKeepAlive ? 'close' : 'keep-alive'
  })

  return {
    async forward(service, request, response) {
      await turnOf(request, response)
      if (request.socket.destroyed) return
      const { path, query } = targetOf(request)
      // Express has changed `url`, and the target of a request can be a URL.
      request.url = query === '' ? path : `${path}?${query}`
      addForwardedHeaders(request)
      const target = new URL(urls[service])
      const agent = agents[target.protocol as keyof typeof agents]
      const hasBody = 'content-length' in request.headers || 'transfer-encoding' in request.headers
      // Without one of these headers the service expects no body, and would read the bytes as the next request.
      const send = () =>
        proxy.web(request, response, { target, agent, ...(hasBody ? {} : { buffer: Readable.from([]) }) })
      try {
        await send().catch((error: NodeJS.ErrnoException) => {
          if (hasBody || !isRepeatable(request, response, error)) throw error
          return send()
        })
      } catch (error) {
        if (response.headersSent || request.socket.destroyed) return void response.destroy()
        // Otherwise the rest of the body stays in the connection, and the next request on it is never read.
        request.unpipe()
        request.resume()
        throw problemOf(error as NodeJS.ErrnoException, service)
      }
    },
    endStreams() {
      for (const response of streams) response.destroy()
    },
    close() {
      for (const agent of Object.values(agents)) agent.destroy()
    },
  }
}

const turns = new WeakMap<Socket, Promise<void>>()

/**
 * Waits for the responses to the earlier requests of the connection. Without it, a client that sends many requests at once
 * on one connection would open a connection to a service for each of them.
 */
function turnOf({ socket }: IncomingMessage, response: ServerResponse): Promise<void> | undefined {
  const earlier = turns.get(socket)
  turns.set(socket, new Promise((resolve) => response.once('finish', resolve).once('close', resolve)))
  return earlier
}

/**
 * Closes the request to the service when the client disconnects. The library does so only until the response has ended,
 * and a malformed body gets its response before the service has responded.
 */
function endWithClient(outgoing: ClientRequest, { socket }: IncomingMessage): void {
  const end = () => void outgoing.destroy()
  socket.once('close', end)
  outgoing.once('close', () => socket.off('close', end))
}

const agentOptions = { keepAlive: true, maxSockets: Infinity, maxFreeSockets: 256, timeout: IDLE_MS }

/** Adds headers with the address of the client and the trace. A client's own values are used only from a trusted proxy. */
function addForwardedHeaders(request: Request): void {
  const { headers, socket } = request
  for (const name of connectionHeaders) delete headers[name]
  delete headers.expect
  const peer = socket.remoteAddress ?? ''
  const isTrusted = (request.app.get('trust proxy fn') as (address: string, hop: number) => boolean)(peer, 0)
  const given = (name: string) => (isTrusted ? request.get(name) : undefined)
  headers['x-forwarded-for'] = [given('x-forwarded-for'), peer].filter(Boolean).join(', ')
  headers['x-forwarded-proto'] = given('x-forwarded-proto') ?? 'http'
  headers['x-forwarded-host'] = given('x-forwarded-host') ?? request.get('host') ?? ''
  const context = currentRequest()
  if (!context) return
  headers['x-request-id'] = context.requestId
  headers['traceparent'] = context.traceparent
}

/** Whether the service closed an idle connection at the moment of the request, as at its restart. */
function isRepeatable({ method, socket }: Request, response: Response, { code }: NodeJS.ErrnoException): boolean {
  return (method === 'GET' || method === 'HEAD') && code === 'ECONNRESET' && !response.headersSent && !socket.destroyed
}

function problemOf(error: NodeJS.ErrnoException, service: ServiceName): Problem {
  return openingSteps.includes(error.syscall ?? '')
    ? problems.unavailable(service, error)
    : problems.badGateway(service, error)
}
