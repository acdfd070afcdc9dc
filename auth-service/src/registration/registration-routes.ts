import { emailAddress, newPassword, personName } from '@likeness/internal-api'
import { reply } from '@likeness/service-kit/http'
import { z } from 'zod'

import type { Context } from '../context.ts'
import { route } from '../route.ts'
import { clientOf } from '../sessions/open-session.ts'
import { noStore, tokenAnswerSchema } from '../tokens/token-answer.ts'
import { register } from './register.ts'

export const registrationRoutes = (context: Context) => [
  route({
    operationId: 'register',
    method: 'post',
    path: '/auth/register',
    access: 'no-token',
    summary: 'Register and log in',
    description:
      'Creates an account, opens a session and returns its tokens. Possible only while the feature `registration` is on ' +
      'for this email address. After `REGISTRATIONS_PER_ADDRESS` registrations from one network address within 15 ' +
      'minutes, further ones are rejected with 429 and `Retry-After`.',
    body: z.strictObject({
      email: emailAddress,
      password: newPassword,
      name: personName,
    }),
    answers: { 201: tokenAnswerSchema },
    problems: ['registration-closed', 'email-taken', 'too-many-attempts', 'overloaded'],
    handle: ({ body, http: { request } }) =>
      context.limitedRequests(request, async () =>
        reply(201, await register(context, body, clientOf(request)), noStore),
      ),
  }),
]
