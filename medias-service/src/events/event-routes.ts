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
    summary: 'What happens to a media, as it happens',
    description:
      'Server-sent events `queued`, `processing`, `size-ready`, `ready` and `failed`: everything of the last 30 days, ' +
      'then what comes. `Last-Event-ID` goes on after that event. Each says `at`, `version` and what it knows: a try ' +
      'its worker, one that failed its error. The stream ends when the right to read the media does.',
    params: mediaId,
    query: z.object({}),
    answers: { 200: 'text/event-stream' },
    async handle({ params, caller, scope, http }) {
      await readableMedia(context, params.id, { caller, scope })
      const { request, response } = http
      if (context.events.stopping.aborted) throw mediaProblems.eventsUnavailable()
      response.writeHead(200, {
        'Content-Type': 'text/event-stream',
        'Cache-Control': 'private, no-store',
        // nginx would keep what it has until it is enough.
        'X-Accel-Buffering': 'no',
      })
      if (request.method === 'HEAD') response.end()
      else
        await streamEvents(context, http, params.id, { caller, scope, after: cursorOf(request.get('last-event-id')) })
      return undefined
    },
  }),
]

/** Whoever sends what is no id of ours gets everything again rather than nothing. */
function cursorOf(lastEventId = ''): EventCursor {
  const [, xid, id] = cursorText.exec(lastEventId) ?? []
  return xid === undefined ? firstEvent : { xid, id: Number(id) }
}
