import { type Route } from '@likeness/service-kit/http'

import type { Context } from '../context.ts'
import { route } from '../route.ts'
import { userId } from '../users/user-schema.ts'
import { exportUser } from './export-user.ts'

export const exportRoutes = (context: Context): Route[] => [
  route({
    method: 'get',
    path: '/users/:id/export',
    access: 'users:read',
    summary: 'Everything held about a user, as a ZIP',
    description:
      '`person.json`, `audit.jsonl`, and where the caller may read their media (`media:read`) `media.json` and every ' +
      'original as `media/<media id>/<version number>-<file name>`; what is left out is told in `README.txt`. It is ' +
      'made while it is sent: an answer that breaks off is no ZIP, and is asked for again from its start.',
    params: userId,
    answers: { 200: 'application/zip' },
    problems: ['too-many-exports', 'medias-service-unavailable'],
    handle: async ({ params, caller, scope, http }) => {
      await exportUser(context, { userId: params.id, caller, scope }, http)
      return undefined
    },
  }),
]
