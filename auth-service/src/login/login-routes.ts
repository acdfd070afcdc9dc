import { text, typedPassword } from '@likeness/internal-api'
import { ok } from '@likeness/service-kit/http'
import { z } from 'zod'

import type { Context } from '../context.ts'
import { route } from '../route.ts'
import { clientOf } from '../sessions/open-session.ts'
import { noStore, tokenAnswerSchema } from '../tokens/token-answer.ts'
import { logIn } from './log-in.ts'

export const loginRoutes = (context: Context) => [
  route({
    operationId: 'login',
    method: 'post',
    path: '/auth/login',
    access: 'no-token',
    summary: 'Log in',
    description:
      'Opens a session and returns its tokens. `deviceToken` is optional: store it, and send it with the next login from ' +
      'this device, so that nobody can lock this device out by guessing passwords. After 10 failed attempts at one account within 15 minutes, further attempts ' +
      'are rejected with 429 and `Retry-After`. The same applies to the network address of the client, whatever the ' +
      'account, after `LOGIN_FAILURES_PER_ADDRESS` failures. If too many passwords are being checked, the response is 503 ' +
      '`overloaded` with `Retry-After`. The codes `account-suspended` and `account-unverified` are returned only if the ' +
      'password is correct.',
    body: z.strictObject({
      email: text(254).meta({ format: 'email', description: 'Email address of the user, at most 254 characters.' }),
      password: typedPassword,
      deviceToken: text(200)
        .optional()
        .describe(
          'The `deviceToken` from an earlier login on this device. With this token, the device has its own count of failed attempts, so that failed attempts from other devices or from the same network address cannot lock this device out. The login is also processed first if many passwords are being checked.',
        ),
    }),
    answers: { 200: tokenAnswerSchema },
    problems: ['invalid-credentials', 'account-suspended', 'account-unverified', 'too-many-attempts', 'overloaded'],
    handle: ({ body, http: { request } }) =>
      context.countLogin(() =>
        context.limitedRequests(request, async () => ok(await logIn(context, body, clientOf(request)), noStore)),
      ),
  }),
]
