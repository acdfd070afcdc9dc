import { once } from 'node:events'

import type { Scope } from '@likeness/service-kit/identity'
import { timeLimit, type Caller } from '@likeness/service-kit/process'
import type { Request, Response } from 'express'

import type { Context } from '../context.ts'
import { isInScope, readableMedia } from '../media/media-access.ts'
import { presentEvent } from './event-presenter.ts'
import { readMediaEvents, type EventCursor } from './event-rows.ts'

const BATCH = 200
/**
 * A stream ends within 5 s after its token expires or the caller loses access to the media. Proxies need at least one
 * byte per minute.
 */
const CHECK_TOKEN_MS = 2_000
const CHECK_MEDIA_MS = 4_000
/** A client that has not read for this long is treated as disconnected. */
const STALLED_MS = 30_000

interface Reader {
  caller: Caller | undefined
  scope: Scope | 'none'
  after: EventCursor
}

/**
 * Writes the events of a media to a response whose headers are sent. The stream ends when the client disconnects, the
 * caller can no longer read the media, or the service stops.
 */
export async function streamEvents(
  context: Context,
  { request, response }: { request: Request; response: Response },
  mediaId: string,
  { caller, scope, after }: Reader,
): Promise<void> {
  const ended = new AbortController()
  const end = () => ended.abort()
  response.once('close', end)
  context.events.stopping.addEventListener('abort', end)
  const wakeUps = new EventTarget()
  let isWoken = false
  const unsubscribe = context.events.subscribe(mediaId, () => {
    isWoken = true
    wakeUps.dispatchEvent(new Event('wake'))
  })
  const checking = setInterval(
    () => void isTokenValid(context, request).then((valid) => valid || end()),
    CHECK_TOKEN_MS,
  )

  try {
    response.write(': events of a media\n\n')
    for (let cursor = after; !ended.signal.aborted;) {
      isWoken = false
      const rows = await readMediaEvents(context.mediasdb, mediaId, cursor, BATCH)
      // Check the permission between reading and writing: events from after the loss of access must not be sent.
      const media = await readableMedia(context, mediaId, { caller, scope })
      const withDetails = isInScope(media, caller, scope)
      for (const row of rows) await write(response, presentEvent(mediaId, row, { withDetails }), ended.signal)
      cursor = rows.at(-1) ?? cursor
      if (rows.length === BATCH || isWoken) continue
      const isQuiet = !(await wakeUp(wakeUps, ended.signal))
      if (isQuiet && !ended.signal.aborted) await write(response, ': here\n\n', ended.signal)
    }
  } catch (error) {
    // The headers are sent, so the error cannot be sent any more. The client reconnects, and then receives it.
    context.logger.debug({ event: 'events.ended', mediaId, error })
  } finally {
    clearInterval(checking)
    unsubscribe()
    context.events.stopping.removeEventListener('abort', end)
    response.end()
  }
}

/** Whether the token that opened the stream is still valid. */
function isTokenValid({ tokens }: Context, request: Request): Promise<boolean> {
  return new Promise((resolve) => {
    void tokens.user(request, request.res as Response, (refusal?: unknown) => resolve(refusal === undefined))
  })
}

/** Waits until the media may have new events. @returns false on a timeout */
async function wakeUp(wakeUps: EventTarget, ended: AbortSignal): Promise<boolean> {
  return once(wakeUps, 'wake', { signal: timeLimit(CHECK_MEDIA_MS, ended) }).then(
    () => true,
    () => false,
  )
}

/** @throws when the client stops reading. */
async function write(response: Response, text: string, ended: AbortSignal): Promise<void> {
  if (response.write(text)) return
  await once(response, 'drain', { signal: timeLimit(STALLED_MS, ended) })
}
