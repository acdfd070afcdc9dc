import { invitationEndpoints } from '@likeness/internal-api'
import { internalRoute, type Route } from '@likeness/service-kit/http'

import type { Context } from '../context.ts'
import { findOpenInvitation } from '../invitation-links/invitation-rows.ts'
import { mainProblems } from '../problems.ts'
import { acceptInvitation } from './accept-invitation.ts'

/** Routes about invitations, for auth-service, to which clients send the tokens from the mails. */
export const internalInvitationRoutes = ({ maindb }: Context): Route[] => [
  internalRoute(invitationEndpoints.assertOpen, {
    summary: 'Check that an invitation token is valid, before the password is hashed',
    handle: async ({ body }) => {
      if (!(await findOpenInvitation(maindb, body.tokenHash))) throw mainProblems.invitationInvalid()
    },
  }),
  internalRoute(invitationEndpoints.accept, {
    summary: 'Accept an invitation and activate its user',
    handle: ({ body }) => acceptInvitation(maindb, body),
  }),
]
