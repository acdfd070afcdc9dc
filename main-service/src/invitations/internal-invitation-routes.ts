import { noContent, ok, type Route } from '@likeness/service-kit/http'
import { z } from 'zod'

import type { Context } from '../context.ts'
import { findOpenInvitation } from '../invitation-links/invitation-rows.ts'
import { mainProblems } from '../problems.ts'
import { route } from '../route.ts'
import { sha256 } from '../sha256.ts'
import { personName } from '../users/user-schema.ts'
import { acceptInvitation } from './accept-invitation.ts'

/** What auth-service asks for whoever comes with the token of a mail. */
export const internalInvitationRoutes = ({ maindb }: Context): Route[] => [
  route({
    method: 'post',
    path: '/invitations/lookup',
    access: 'service',
    summary: 'Whether a token opens an invitation, before a password is hashed for it',
    body: z.strictObject({ tokenHash: sha256 }),
    answers: { 204: null },
    problems: ['invitation-invalid'],
    handle: async ({ body }) => {
      if (!(await findOpenInvitation(maindb, body.tokenHash))) throw mainProblems.invitationInvalid()
      return noContent()
    },
  }),
  route({
    method: 'post',
    path: '/invitations/accept',
    access: 'service',
    summary: 'Spend an invitation: its user is active from now on',
    body: z.strictObject({
      tokenHash: sha256,
      passwordHash: z.string().min(1).max(500),
      name: personName.optional(),
    }),
    answers: { 200: z.object({ userId: z.uuid(), email: z.string() }) },
    problems: ['invitation-invalid'],
    handle: async ({ body }) => ok(await acceptInvitation(maindb, body)),
  }),
]
