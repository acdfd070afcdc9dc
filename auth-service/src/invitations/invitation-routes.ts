import { label, newPassword, text } from '@likeness/internal-api'
import { reply } from '@likeness/service-kit/http'
import { z } from 'zod'

import type { Context } from '../context.ts'
import { route } from '../route.ts'
import { clientOf } from '../sessions/open-session.ts'
import { noStore, tokenAnswerSchema } from '../tokens/token-answer.ts'
import { acceptInvitation } from './accept-invitation.ts'

export const invitationRoutes = (context: Context) => [
  route({
    method: 'post',
    path: '/auth/invitations/accept',
    access: 'no-token',
    summary: 'Accept an invitation and log in',
    description: 'The token is in the link of the mail and works once. Also available while registration is closed.',
    body: z.strictObject({ token: text(200), password: newPassword, name: label(200).optional() }),
    answers: { 201: tokenAnswerSchema },
    problems: ['invitation-invalid'],
    handle: async ({ body, http }) =>
      reply(201, await acceptInvitation(context, body, clientOf(http.request)), noStore),
  }),
]
