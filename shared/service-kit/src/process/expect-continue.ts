import type { IncomingMessage, Server, ServerResponse } from 'node:http'

const waiting = new WeakSet<IncomingMessage>()

/**
 * Lets the application decide when a client that sent `Expect: 100-continue` sends its body. Without this, Node requests
 * the body before the application has checked the request.
 */
export function deferContinue(server: Server): void {
  server.on('checkContinue', (request, response) => {
    waiting.add(request)
    // A client that gets a final response may send its body or not, so the connection cannot be used again.
    response.setHeader('Connection', 'close')
    server.emit('request', request, response)
  })
}

/** Whether the client waits for `requestBody` before it sends its body. */
export const expectsContinue = (request: IncomingMessage): boolean => waiting.has(request)

/** Tells a client that waits for it to send its body. Call this before the body is read. */
export function requestBody(request: IncomingMessage, response: ServerResponse): void {
  if (!waiting.delete(request)) return
  response.removeHeader('Connection')
  response.writeContinue()
}
