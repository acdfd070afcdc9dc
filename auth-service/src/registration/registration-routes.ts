import { emailAddress, label, newPassword, route } from '@likeness/service-kit'
import { z } from 'zod'

import type { Context } from '../context.ts'
import { clientOf } from '../sessions/open-session.ts'
import { neverKept, tokenAnswerSchema } from '../tokens/token-answer.ts'
import { register } from './register.ts'

export const registrationRoutes = (context: Context) => [
  route({
    method: 'post',
    path: '/auth/register',
    access: 'no-token',
    summary: 'Register, and be logged in',
    description: 'Open only while the feature `registration` is on.',
    body: z.strictObject({ email: emailAddress, password: newPassword, name: label(200) }),
    answers: { 201: tokenAnswerSchema },
    problems: ['registration-closed', 'email-taken'],
    handle: async ({ body, http }) => ({
      status: 201,
      body: await register(context, body, clientOf(http.request)),
      headers: neverKept,
    }),
  }),
]
