import { revocationPageSchema } from '@likeness/internal-api'
import { ok } from '@likeness/service-kit/http'
import { revocationsFrom } from '@likeness/service-kit/identity'
import { text } from '@likeness/service-kit/process'
import { z } from 'zod'

import type { Context } from '../context.ts'
import { route } from '../route.ts'

/** The feed of main-service, handed on: whoever verifies tokens need know nobody but who signs them. */
export const revocationRoutes = ({ mainService, stopping }: Context) => {
  const read = revocationsFrom(mainService)
  return [
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
        return ok(await read(query.after, query.wait, AbortSignal.any([gone.signal, stopping.signal])))
      },
    }),
  ]
}
