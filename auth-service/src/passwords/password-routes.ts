import { newPassword, typedPassword } from '@likeness/internal-api'
import { noContent } from '@likeness/service-kit/http'
import { z } from 'zod'

import type { Context } from '../context.ts'
import { route } from '../route.ts'
import { sessionOf } from '../sessions/session-of.ts'
import { changePassword } from './change-password.ts'

export const passwordRoutes = (context: Context) => [
  route({
    operationId: 'changePassword',
    method: 'post',
    path: '/auth/password/change',
    access: 'signed-in',
    summary: 'Change the password',
    description:
      "Replaces the caller's password and ends every other session of the caller. After 10 failed attempts within 15 " +
      'minutes, further attempts are rejected with 429 and `Retry-After`.',
    body: z.strictObject({
      currentPassword: typedPassword,
      newPassword,
    }),
    answers: { 204: null },
    problems: ['wrong-password', 'too-many-attempts', 'session-required', 'overloaded'],
    async handle({ body, caller }) {
      await changePassword(context, { userId: caller.id, sessionId: sessionOf(caller), ...body })
      return noContent()
    },
  }),
]
