import { once } from 'node:events'
import { request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'

import { expect } from '@jest/globals'
import { eventually, type Json } from '@likeness/test-kit'

export interface ReceivedEvent {
  id: string
  event: string
  data: Record<string, unknown>
}

/** A client that has requested an event stream. */
export interface EventListener {
  status: number
  headers: IncomingHttpHeaders
  /** The body of a response that is not a stream. */
  body: Json
  received: ReceivedEvent[]
  /** Whether the server has ended the stream, or the connection was closed. */
  isOver(): boolean
  /** Stops reading, so that the connection fills up. */
  stopReading(): void
  readAgain(): void
  /** Closes the connection. */
  disconnect(): void
}

interface Listening {
  token?: string | undefined
  headers?: Record<string, string>
}

/** Requests a stream on a connection of its own. Resolves when the status is known. */
export async function listenTo(
  url: string,
  mediaId: string,
  { token, headers = {} }: Listening = {},
): Promise<EventListener> {
  const sent = request(`${url}/api/v1/media/${mediaId}/events`, {
    agent: false,
    headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers },
  })
  sent.end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  sent.on('error', () => undefined)
  response.setEncoding('utf8')
  const { statusCode: status = 0 } = response
  let isOver = false
  response.on('error', () => undefined).once('close', () => (isOver = true))
  const listener: EventListener = {
    status,
    headers: response.headers,
    body: status === 200 ? undefined : JSON.parse(await textOf(response)),
    received: [],
    isOver: () => isOver,
    stopReading: () => void response.pause(),
    readAgain: () => void response.resume(),
    disconnect: () => void sent.destroy(),
  }
  if (status === 200) receive(response, listener.received)
  return listener
}

/** Waits until a listener has received exactly events of these types. */
export const receives = (listener: EventListener, types: string[]) =>
  eventually(() => expect(listener.received.map(({ event }) => event)).toEqual(types), { limitMs: 60_000 })

async function textOf(response: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of response) text += chunk as string
  return text
}

function receive(response: IncomingMessage, received: ReceivedEvent[]): void {
  let text = ''
  response.on('data', (chunk: string) => {
    const blocks = (text + chunk).split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const fields = new Map(block.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string]))
      const [id, event, data] = [fields.get('id'), fields.get('event'), fields.get('data')]
      if (id && event && data) received.push({ id, event, data: JSON.parse(data) })
    }
  })
}
