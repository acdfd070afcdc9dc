import { newPassword, personName, text } from '@likeness/internal-api'
import { reply } from '@likeness/service-kit/http'
import { z } from 'zod'

import type { Context } from '../context.ts'
import { route } from '../route.ts'
import { clientOf } from '../sessions/open-session.ts'
import { noStore, tokenAnswerSchema } from '../tokens/token-answer.ts'
import { acceptInvitation } from './accept-invitation.ts'

export const invitationRoutes = (context: Context) => [
  route({
    operationId: 'acceptInvitation',
    method: 'post',
    path: '/auth/invitations/accept',
    access: 'no-token',
    summary: 'Accept an invitation and log in',
    description:
      'Sets the password, activates the account, opens a session and returns its tokens. Also possible while ' +
      'registration is closed.',
    body: z.strictObject({
      token: text(200).describe('The token in the link of the invitation mail. It works once.'),
      password: newPassword,
      name: personName
        .optional()
        .describe('Name of the user: 1 to 200 characters. Default: the part of the email address before the @.'),
    }),
    answers: { 201: tokenAnswerSchema },
    problems: ['invitation-invalid', 'too-many-attempts', 'overloaded'],
    handle: ({ body, http: { request } }) =>
      context.limitedRequests(request, async () =>
        reply(201, await acceptInvitation(context, body, clientOf(request)), noStore),
      ),
  }),
]
