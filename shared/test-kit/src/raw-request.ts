import { once } from 'node:events'
import { connect } from 'node:net'
import { buffer } from 'node:stream/consumers'

interface RawAnswer {
  status: number
  headers: Record<string, string>
  /** Undefined if the response has no JSON. */
  body: Record<string, unknown> | undefined
}

/**
 * Sends bytes that no HTTP client would send, and reads until the server closes the connection.
 *
 * @param text characters below 256, each of which becomes one byte
 */
export async function sendRaw(url: string, text: string): Promise<RawAnswer> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  socket.write(Buffer.from(text, 'latin1'))
  return parseRawAnswer((await buffer(socket)).toString())
}

/** The last response in this text: responses with the status 100 come before it. */
export function parseRawAnswer(text: string): RawAnswer {
  const last = text.slice(Math.max(0, text.lastIndexOf('HTTP/1.1 ')))
  const end = last.indexOf('\r\n\r\n')
  const [statusLine = '', ...lines] = last.slice(0, end).split('\r\n')
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  )
  const isJson = /json/.test(headers['content-type'] ?? '')
  return {
    status: Number(statusLine.split(' ')[1]),
    headers,
    body: isJson ? (JSON.parse(last.slice(end + 4)) as Record<string, unknown>) : undefined,
  }
}
