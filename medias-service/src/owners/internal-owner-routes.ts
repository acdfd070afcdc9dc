import { ok, route, type Route } from '@likeness/service-kit'
import { z } from 'zod'

import type { Context } from '../context.ts'
import { settleOwner } from './settle-owner.ts'

const state = z.enum(['active', 'deleted', 'erased'])

/** What main-service tells of owners. */
export const internalOwnerRoutes = (context: Context): Route[] => [
  route({
    method: 'put',
    path: '/owners/:id',
    access: 'service',
    summary: 'What has become of an owner: their media follow',
    description:
      'Some seconds of work at the most: while `done` is false, the same call goes on. Old news answers what is known.',
    params: z.strictObject({ id: z.uuid() }),
    body: z.strictObject({ state, revision: z.int().min(0) }),
    answers: { 200: z.object({ state, revision: z.int(), done: z.boolean(), media: z.int() }) },
    handle: async ({ params, body }) => ok(await settleOwner(context, params.id, body)),
  }),
]
