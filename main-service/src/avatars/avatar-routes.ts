import { userSchema, uuid } from '@likeness/internal-api'
import { noContent, ok, type Route } from '@likeness/service-kit/http'
import { z } from 'zod'

import type { Context } from '../context.ts'
import { route } from '../route.ts'
import { presentUser } from '../users/user-presenter.ts'
import { userId } from '../users/user-schema.ts'
import { removeAvatar } from './remove-avatar.ts'
import { setAvatar } from './set-avatar.ts'

export const avatarRoutes = (context: Context): Route[] => [
  route({
    operationId: 'setAvatar',
    method: 'put',
    path: '/users/:id/avatar',
    access: 'users:update',
    summary: "Set a user's avatar",
    description:
      'The media must be a public image that is not in the trash and whose processing has not failed, so that everybody ' +
      'can load the URLs of the avatar. The avatar shows the current version of the media. To show a later version, set ' +
      'the avatar again. If the media becomes private or is moved to the trash later, the URLs return 404, or 401 ' +
      'without a token: apps should show a placeholder. Send the ETag of the user in `If-Match`.',
    params: userId,
    body: z.strictObject({ mediaId: uuid.describe('Id of an image in medias-service.') }),
    acceptsMatch: true,
    answers: { 200: userSchema },
    problems: [
      'avatar-media-unknown',
      'avatar-not-an-image',
      'avatar-not-public',
      'avatar-failed',
      'user-exceeds-own',
      'medias-service-unavailable',
    ],
    handle: async ({ params, body, caller, scope, ifMatch }) => {
      const publicUrl = context.environment.PUBLIC_URL
      const change = { userId: params.id, caller, scope, ifMatch, publicUrl }
      return ok(presentUser(await setAvatar(context, change, body.mediaId), publicUrl))
    },
  }),
  route({
    operationId: 'removeAvatar',
    method: 'delete',
    path: '/users/:id/avatar',
    access: 'users:update',
    summary: "Remove a user's avatar",
    description: 'The media itself is not deleted. Send the ETag of the user in `If-Match`.',
    params: userId,
    acceptsMatch: true,
    answers: { 204: null },
    problems: ['user-exceeds-own'],
    handle: async ({ params, caller, scope, ifMatch }) => {
      await removeAvatar(context.maindb, {
        userId: params.id,
        caller,
        scope,
        ifMatch,
        publicUrl: context.environment.PUBLIC_URL,
      })
      return noContent()
    },
  }),
]
