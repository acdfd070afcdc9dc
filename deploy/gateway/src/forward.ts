import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'

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
  close(): void
}

/** An idle connection is closed before the service closes it, which happens after 65 s. */
const IDLE_MS = 60_000

/** The time without a byte in either direction, after which a request fails. An event stream has a comment every 15 s. */
const SILENCE_MS = 300_000

/** The headers that belong to one connection only (RFC 9110 §7.6.1). Node sets those of the other connection. */
const connectionHeaders = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'upgrade']

/** The errors of a connection that could not be opened, so the service has not received the request. */
const unreachable = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT']

/** Creates the connections to the services. */
export function forwardTo(urls: Record<ServiceName, string>): Services {
  // Without a limit, because each event stream uses a connection.
  const agents = { 'http:': new HttpAgent(agentOptions), 'https:': new HttpsAgent(agentOptions) }
  const proxy = createProxyServer({ proxyTimeout: SILENCE_MS })

  proxy.on('proxyReq', (outgoing, request, response) => {
    if (!expectsContinue(request)) return
    // The service decides whether the client sends its body.
    outgoing.setHeader('Expect', '100-continue')
    outgoing.once('continue', () => requestBody(request, response))
    outgoing.flushHeaders()
  })
  proxy.on('proxyRes', ({ headers }, _request, response) => {
    // A service closes the connection if it does not read the whole body. Then the gateway does the same.
    const mustClose = headers.connection === 'close' || response.getHeader('connection') === 'close'
    for (const name of connectionHeaders) delete headers[name]
    headers.connection = mustClose || !response.shouldKeepAlive ? 'close' : 'keep-alive'
  })

  return {
    async forward(service, request, response) {
      const { path, query } = targetOf(request)
      // Express has changed it, and it can be a URL.
      request.url = query === '' ? path : `${path}?${query}`
      addForwardedHeaders(request)
      const target = new URL(urls[service])
      const agent = agents[target.protocol as keyof typeof agents]
      try {
        await proxy.web(request, response, { target, agent })
      } catch (error) {
        if (response.headersSent || request.socket.destroyed) return void response.destroy()
        throw problemOf(error as NodeJS.ErrnoException, service)
      }
    },
    close() {
      for (const agent of Object.values(agents)) agent.destroy()
    },
  }
}

const agentOptions = { keepAlive: true, maxSockets: Infinity, maxFreeSockets: 256, timeout: IDLE_MS }

/** Tells the service about the client and the trace. A client's own values are used only from a trusted proxy. */
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

function problemOf(error: NodeJS.ErrnoException, service: ServiceName): Problem {
  return unreachable.includes(error.code ?? '')
    ? problems.unavailable(service, error)
    : problems.badGateway(service, error)
}
