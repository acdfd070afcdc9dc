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
    summary: 'Export all data about a user as a ZIP',
    description:
      'Contains `person.json` and `audit.jsonl`. When the caller may read their media (`media:read`), also `media.json` ' +
      'and every original as `media/<media id>/<version number>-<file name>`. `README.txt` lists what is missing. The ' +
      'ZIP is built while it is sent: a download that breaks off is not a valid ZIP and must start again.',
    params: userId,
    answers: { 200: 'application/zip' },
    problems: ['too-many-exports', 'medias-service-unavailable'],
    handle: async ({ params, caller, scope, http }) => {
      await exportUser(context, { userId: params.id, caller, scope }, http)
      return undefined
    },
  }),
]
