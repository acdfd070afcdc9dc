import { z } from 'zod'

import type { Context } from '../context.ts'
import { readableMedia } from '../media/media-access.ts'
import { mediaId } from '../media/media-schema.ts'
import { mediaProblems } from '../problems.ts'
import { route } from '../route.ts'
import { firstEvent, type EventCursor } from './event-rows.ts'
import { streamEvents } from './stream-events.ts'

const cursorText = /^(\d{1,19})-(\d{1,15})$/

export const eventRoutes = (context: Context) => [
  route({
    method: 'get',
    path: '/media/:id/events',
    access: 'media:read or public',
    summary: 'Stream the events of a media',
    description:
      'Server-sent events of the types `queued`, `processing`, `size-ready`, `ready` and `failed`. The stream starts ' +
      'with the events of the last 30 days and continues with new ones. With the header `Last-Event-ID`, the stream ' +
      'resumes after the event with this id. Every event has `at` and `version`. Workers, attempts and errors of ' +
      'retries are sent only to callers with `media:read` for the media, not to other readers of a public media. The ' +
      'stream ends when the token expires or the caller can no longer read the media.',
    params: mediaId,
    query: z.object({}),
    answers: { 200: 'text/event-stream' },
    problems: ['events-unavailable'],
    async handle({ params, caller, scope, http }) {
      await readableMedia(context, params.id, { caller, scope })
      const { request, response } = http
      if (context.events.stopping.aborted) throw mediaProblems.eventsUnavailable()
      response.writeHead(200, {
        'Content-Type': 'text/event-stream',
        'Cache-Control': 'private, no-store',
        // Without this, nginx buffers the events.
        'X-Accel-Buffering': 'no',
      })
      if (request.method === 'HEAD') response.end()
      else
        await streamEvents(context, http, params.id, { caller, scope, after: cursorOf(request.get('last-event-id')) })
      return undefined
    },
  }),
]

/** An invalid id restarts the stream at the first event, so that no event is lost. */
function cursorOf(lastEventId = ''): EventCursor {
  const [, xid, id] = cursorText.exec(lastEventId) ?? []
  return xid === undefined ? firstEvent : { xid, id: Number(id) }
}
