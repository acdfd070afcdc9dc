import { createParser, type EventSourceMessage } from 'eventsource-parser'

import type { Client } from '../client.ts'
import { streamMediaEvents } from '../generated/operations.ts'
import { pause } from '../pause.ts'
import { isProblem } from '../problem-error.ts'

interface EventData {
  mediaId: string
  versionId: string
  /** Number of the version that the event is about. */
  version: number
  /** Time of the event, ISO 8601 in UTC. */
  at: string
}

interface EventTypes {
  /** The version waits for a worker: at first, or because a try failed. */
  queued: { worker?: string; attempt?: number; error?: string; retryInMs?: number }
  processing: { worker?: string; attempt?: number }
  'size-ready': { preset: string; format: string; width: number; height: number; bytes: number }
  ready: object
  failed: { code: string; message: string }
}

/** An event of a media. A check of `type` narrows the type of `data`. */
export type MediaEvent = {
  [Type in keyof EventTypes]: { id: string; type: Type; data: EventData & EventTypes[Type] }
}[keyof EventTypes]

export interface MediaEventsOptions {
  signal?: AbortSignal
  /** The `id` of the last event that you received. Without it, the events of the last 30 days come first. */
  lastEventId?: string
}

/** The server writes at least a comment every 15 seconds. After this time, the connection is lost. */
const SILENCE_MS = 45_000
const FIRST_WAIT_MS = 1_000
const LONGEST_WAIT_MS = 30_000

/**
 * The events of a media, as they occur. After an interruption it connects again, with a fresh token, and continues after
 * the last event. Leave the loop to close the connection.
 *
 * @example
 *   for await (const { type, data } of mediaEvents(client, media.id)) if (type === 'size-ready') show(data.preset)
 *
 * @throws {ProblemError} if the media does not exist, or the session has ended
 * @throws the network error, if the first connection fails
 */
export async function* mediaEvents(
  client: Client,
  mediaId: string,
  { signal, lastEventId }: MediaEventsOptions = {},
): AsyncGenerator<MediaEvent, void, undefined> {
  let wait = FIRST_WAIT_MS
  for (let isConnected = false; ;) {
    let retryAfter = 0
    try {
      const headers = { accept: 'text/event-stream', ...(lastEventId ? { 'last-event-id': lastEventId } : {}) }
      const response = await streamMediaEvents(client, mediaId, { signal, headers })
      isConnected = true
      for await (const { id = '', event, data } of readStream(response)) {
        if (id !== '') lastEventId = id
        wait = FIRST_WAIT_MS
        yield { id, type: event, data: JSON.parse(data) as unknown } as MediaEvent
      }
    } catch (error) {
      signal?.throwIfAborted()
      if (!isProblem(error)) {
        if (!isConnected) throw error
      } else if (error.status !== 429 && error.status < 500) throw error
      else retryAfter = (error.retryAfter ?? 0) * 1_000
    }
    await pause(Math.max(retryAfter, wait), signal)
    wait = Math.min(wait * 2, LONGEST_WAIT_MS)
  }
}

/** The messages of a response, until it ends or is silent for too long. */
async function* readStream({ body }: Response): AsyncGenerator<EventSourceMessage, void, undefined> {
  if (!body) return
  const messages: EventSourceMessage[] = []
  const parser = createParser({ onEvent: (message) => messages.push(message) })
  const decoder = new TextDecoder()
  const reader = body.getReader()
  try {
    for (;;) {
      const watchdog = setTimeout(() => void reader.cancel().catch(() => {}), SILENCE_MS)
      const { done, value } = await reader.read().finally(() => clearTimeout(watchdog))
      if (done) return
      parser.feed(decoder.decode(value, { stream: true }))
      yield* messages.splice(0)
    }
  } finally {
    // Closes the connection if the consumer has left its loop.
    await reader.cancel().catch(() => {})
  }
}
