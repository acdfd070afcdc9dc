import type { Request, Response } from 'express'

import type { Context } from '../context.ts'
import { isReadable, notReadable } from '../media/media-access.ts'
import { mediaProblems } from '../problems.ts'
import { firstEvent, type EventCursor } from './event-rows.ts'
import type { Reader } from './event-stream.ts'

/**
 * Opens the event stream of a media. The stream ends when the client disconnects, the token is no longer valid, the caller
 * can no longer read the media, or the service stops.
 *
 * @throws {Problem} 404, 401 without a token, 429 `too-many-streams`, 503 `events-unavailable`.
 */
export async function openEventStream(
  { events, streamLimiter }: Context,
  { request, response }: { request: Request; response: Response },
  { mediaId, caller, scope }: Reader & { mediaId: string },
): Promise<void> {
  if (events.stopping.aborted) throw mediaProblems.eventsUnavailable()
  // The client has disconnected while its API key was exchanged.
  if (response.closed) return
  response.once('close', streamLimiter.acquireSlot({ caller, address: request.ip ?? 'unknown' }))
  if (!isReadable(await events.readAccess(mediaId), { caller, scope })) throw notReadable(caller)
  response.writeHead(200, {
    'Content-Type': 'text/event-stream',
    'Cache-Control': 'private, no-store',
    // Without this, nginx buffers the events.
    'X-Accel-Buffering': 'no',
  })
  if (request.method === 'HEAD') response.end()
  else
    events.open({
      mediaId,
      request,
      response,
      caller,
      scope,
      cursor: cursorOf(request.get('last-event-id')),
    })
}

const cursorText = /^(\d{1,19})-(\d{1,15})$/

/** An invalid id restarts the stream at the first event, so that no event is lost. */
function cursorOf(lastEventId = ''): EventCursor {
  const [, xid, id] = cursorText.exec(lastEventId) ?? []
  return xid === undefined ? firstEvent : { xid, id: Number(id) }
}
