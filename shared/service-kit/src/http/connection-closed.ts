import type { ServerResponse } from 'node:http'

/** Aborts when the client closes the connection, or the answer was sent: a handler that waits for news stops waiting. */
export function connectionClosed(response: ServerResponse): AbortSignal {
  const closed = new AbortController()
  response.once('close', () => closed.abort())
  return closed.signal
}
