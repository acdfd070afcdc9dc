import { createCipheriv, createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

interface GrowthbookOptions {
  /** Whether the server announces its stream; default true. */
  streams?: boolean
  /** An AES key in base64 that encrypts the features. */
  encryptionKey?: string
}

/** How the server reports a change: with the features, with a hint to read them again, or not at all. */
type Notification = 'features' | 'features-updated' | 'nothing'

/** A server with GrowthBook's SDK endpoints: `/api/features/:clientKey`, and the event stream `/sub/:clientKey`. */
export interface GrowthbookServer {
  url: string
  clientKey: string
  /** The number of requests for features, and the number of responses with a body instead of 304. */
  requests: { all: number; changed: number }
  /** Replaces the features and reports the change. */
  publish(features: object, notification?: Notification): void
  /** Returns this value instead of the features; undefined: the features again. */
  respondWith(answer: { status: number; body: string } | undefined): void
  /** Sends this text to every stream. */
  send(event: string, data: string): void
  /** The number of open streams. */
  streams(): number
  /** Ends every stream, as a proxy does. */
  endStreams(): void
  /** Closes the port and every connection. */
  closePort(): Promise<void>
  /** Listens again on the same port. */
  reopenPort(): Promise<void>
  stop(): Promise<void>
}

/** Starts a server without features. */
export async function startGrowthbook({
  streams: hasStreams = true,
  encryptionKey,
}: GrowthbookOptions = {}): Promise<GrowthbookServer> {
  const clientKey = `sdk-${randomBytes(6).toString('hex')}`
  const streams = new Set<ServerResponse>()
  const requests = { all: 0, changed: 0 }
  let content = payloadOf({}, encryptionKey)
  let instead: { status: number; body: string } | undefined

  function answerFeatures(request: IncomingMessage, response: ServerResponse): void {
    requests.all++
    const etag = `W/"${createHash('sha256').update(content).digest('hex').slice(0, 16)}"`
    response.setHeader('content-type', 'application/json; charset=utf-8')
    response.setHeader('cache-control', 'max-age=30')
    if (hasStreams) response.setHeader('x-sse-support', 'enabled')
    if (instead) return void response.writeHead(instead.status).end(instead.body)
    response.setHeader('etag', etag)
    if (request.headers['if-none-match'] === etag) return void response.writeHead(304).end()
    requests.changed++
    response.end(content)
  }

  function openStream(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
    response.write('retry: 1000\n: connected\n\n')
    streams.add(response)
    response.once('close', () => streams.delete(response))
  }

  const routes: Record<string, (request: IncomingMessage, response: ServerResponse) => void> = {
    [`/api/features/${clientKey}`]: answerFeatures,
    [`/sub/${clientKey}`]: (_request, response) => openStream(response),
  }
  const open = (port: number) =>
    listen((request, response) => {
      const answer = request.method === 'GET' ? routes[request.url ?? ''] : undefined
      if (answer) return answer(request, response)
      response.writeHead(400, { 'content-type': 'application/json' }).end('{"status":400,"error":"Invalid API Key"}')
    }, port)

  let server = await open(0)
  const { port } = server.address() as AddressInfo
  const send = (event: string, data: string) => {
    for (const stream of streams) stream.write(`event: ${event}\ndata: ${data}\n\n`)
  }
  const closePort = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })

  return {
    url: `http://127.0.0.1:${port}`,
    clientKey,
    requests,
    publish(features, notification = 'features') {
      content = payloadOf(features, encryptionKey)
      if (notification !== 'nothing') send(notification, notification === 'features' ? content : '')
    },
    respondWith: (answer) => void (instead = answer),
    send,
    streams: () => streams.size,
    endStreams: () => streams.forEach((stream) => stream.end()),
    closePort,
    reopenPort: async () => void (server = await open(port)),
    stop: closePort,
  }
}

function payloadOf(features: object, encryptionKey: string | undefined): string {
  const dateUpdated = new Date().toISOString()
  if (encryptionKey === undefined) return JSON.stringify({ status: 200, features, dateUpdated })
  const [key, iv] = [Buffer.from(encryptionKey, 'base64'), randomBytes(16)]
  const cipher = createCipheriv(`aes-${key.length * 8}-cbc`, key, iv)
  const text = Buffer.concat([cipher.update(JSON.stringify(features)), cipher.final()]).toString('base64')
  const encryptedFeatures = `${iv.toString('base64')}.${text}`
  return JSON.stringify({ status: 200, features: {}, dateUpdated, encryptedFeatures })
}

function listen(answer: (request: IncomingMessage, response: ServerResponse) => void, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(answer)
    server.once('error', reject)
    server.listen({ host: '127.0.0.1', port }, () => resolve(server))
  })
}
