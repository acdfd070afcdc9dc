import { newPassword, typedPassword } from '@likeness/internal-api'
import { noContent } from '@likeness/service-kit/http'
import { z } from 'zod'

import type { Context } from '../context.ts'
import { route } from '../route.ts'
import { sessionOf } from '../sessions/session-of.ts'
import { changePassword } from './change-password.ts'

export const passwordRoutes = (context: Context) => [
  route({
    method: 'post',
    path: '/auth/password/change',
    access: 'signed-in',
    summary: 'Change the password and end every other session',
    body: z.strictObject({ currentPassword: typedPassword, newPassword }),
    answers: { 204: null },
    problems: ['wrong-password', 'too-many-attempts', 'session-required'],
    async handle({ body, caller }) {
      await changePassword(context, { userId: caller.id, sessionId: sessionOf(caller), ...body })
      return noContent()
    },
  }),
]
