import type { ServerResponse } from 'node:http'

/** Aborts when the client closes the connection or the response was sent, so that a handler stops waiting for entries. */
export function connectionClosed(response: ServerResponse): AbortSignal {
  const closed = new AbortController()
  response.once('close', () => closed.abort())
  return closed.signal
}
