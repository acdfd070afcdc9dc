import { type Route } from '@likeness/service-kit/http'

import type { Context } from '../context.ts'
import { route } from '../route.ts'
import { userId } from '../users/user-schema.ts'
import { exportUser } from './export-user.ts'

export const exportRoutes = (context: Context): Route[] => [
  route({
    operationId: 'exportUser',
    method: 'get',
    path: '/users/:id/export',
    access: 'users:read',
    summary: 'Export all data about a user as a ZIP file',
    description:
      'To export another user, the caller must have every permission of that user. The file contains `person.json` and `audit.jsonl`. If the caller has the permission to read the media of the user ' +
      '(`media:read`), the file also contains `media.json` and every original as ' +
      '`media/<media id>/<version number>-<file name>`. If data are missing, `README.txt` explains why. The file is ' +
      'generated while it is sent, so an interrupted download is not a valid ZIP file and must be started again.',
    params: userId,
    answers: { 200: 'application/zip' },
    problems: ['user-exceeds-own', 'too-many-exports', 'medias-service-unavailable'],
    handle: async ({ params, caller, scope, http }) => {
      await exportUser(context, { userId: params.id, caller, scope }, http)
      return undefined
    },
  }),
]
