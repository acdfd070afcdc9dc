import { revocationPageSchema } from '@likeness/internal-api'
import { ok, type Route } from '@likeness/service-kit/http'
import { text } from '@likeness/service-kit/process'
import { z } from 'zod'

import type { Context } from '../context.ts'
import { route } from '../route.ts'

/** The feed that auth-service hands on to every service. */
export const revocationRoutes = ({ feed }: Context): Route[] => [
  route({
    method: 'get',
    path: '/revocations',
    access: 'service',
    summary: 'What has been revoked since a cursor, or a snapshot without one',
    query: z.object({
      after: text(4_000).optional(),
      wait: z.coerce.number().int().min(0).max(20).default(0).describe('Seconds to wait for something to come.'),
    }),
    answers: { 200: revocationPageSchema },
    handle: async ({ query, http }) => {
      const gone = new AbortController()
      http.response.once('close', () => gone.abort())
      return ok(await feed.read(query.after, query.wait, gone.signal))
    },
  }),
]
