import { z } from 'zod'

import type { Context } from '../context.ts'
import { mediaId } from '../media/media-schema.ts'
import { route } from '../route.ts'
import { openEventStream } from './open-event-stream.ts'

export const eventRoutes = (context: Context) => [
  route({
    operationId: 'streamMediaEvents',
    method: 'get',
    path: '/media/:id/events',
    access: 'media:read or public',
    summary: 'Stream the events of a media',
    description:
      'Server-sent events of the types `queued`, `processing`, `size-ready`, `ready` and `failed`. The stream starts ' +
      'with the events of the last 30 days and continues with new ones. With the header `Last-Event-ID`, the stream ' +
      'resumes after the event with this id. Every event has `at` and `version`. Workers, attempts and errors of ' +
      'retries are sent only to callers with `media:read` for the media, not to other readers of a public media. The ' +
      'stream ends when the token expires or the caller can no longer read the media. It also ends if the client does ' +
      'not read for 30 seconds. The number of open streams is limited for each user or API key, and for each network ' +
      'address: a request above a limit gets 429 with `Retry-After`. If the service has no capacity for another ' +
      'stream, the response is 503 with `Retry-After`.',
    params: mediaId,
    query: z.object({}),
    answers: { 200: 'text/event-stream' },
    problems: ['too-many-streams', 'events-unavailable'],
    async handle({ params, caller, scope, http }) {
      await openEventStream(context, http, { mediaId: params.id, caller, scope })
      return undefined
    },
  }),
]
