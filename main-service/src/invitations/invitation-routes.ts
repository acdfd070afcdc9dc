import { created, noContent, ok, page, pageOf, pageQuery, uuid, type Route } from '@likeness/service-kit/http'
import { ownedByNobody } from '@likeness/service-kit/http'
import { emailAddress } from '@likeness/service-kit/identity'
import { problems } from '@likeness/service-kit/process'
import { z } from 'zod'

import type { Context } from '../context.ts'
import {
  countInvitations,
  findInvitation,
  invitationOrder,
  listInvitations,
} from '../invitation-links/invitation-rows.ts'
import { route } from '../route.ts'
import { roleName } from '../users/user-schema.ts'
import { invitationSchema, invitationStatus, presentInvitation } from './invitation-presenter.ts'
import { inviteUser } from './invite-user.ts'
import { revokeInvitation } from './revoke-invitation.ts'

const invitationId = z.object({ id: uuid })

/** Who has been invited and has not come yet. To be matched before `/users/:id`. */
export function invitationRoutes(context: Context): Route[] {
  const { maindb } = context
  return ownedByNobody([
    route({
      method: 'get',
      path: '/users/invitations',
      access: 'users:create',
      summary: 'List invitations',
      description: 'Those that nobody has accepted yet; of users who are suspended or deleted there is none.',
      query: pageQuery(invitationOrder).extend({ status: invitationStatus.optional() }),
      answers: { 200: pageOf(invitationSchema) },
      handle: async ({ query, http }) =>
        page(
          http,
          query,
          await listInvitations(maindb, { status: query.status }, query),
          (rows) => rows.map(presentInvitation),
          () => countInvitations(maindb, { status: query.status }),
        ),
    }),
    route({
      method: 'post',
      path: '/users/invitations',
      access: 'users:create',
      summary: 'Invite somebody by mail',
      description:
        'The mail has a link that works once, for 7 days. Without roles they get `user`. Whoever is `invited` already is invited anew: the old link is dead, and the roles are these.',
      body: z.strictObject({ email: emailAddress, roles: z.array(roleName).max(100).optional() }),
      answers: { 201: invitationSchema },
      problems: ['email-taken', 'grant-exceeds-own', 'user-exceeds-own'],
      handle: async ({ body, caller }) => {
        const invitation = await inviteUser(context, caller, body)
        return created(`/api/v1/users/invitations/${invitation.id}`, presentInvitation(invitation))
      },
    }),
    route({
      method: 'get',
      path: '/users/invitations/:id',
      access: 'users:create',
      summary: 'Read an invitation',
      params: invitationId,
      answers: { 200: invitationSchema },
      handle: async ({ params }) => {
        const invitation = await findInvitation(maindb, params.id)
        if (!invitation) throw problems.notFound('invitation')
        return ok(presentInvitation(invitation))
      },
    }),
    route({
      method: 'delete',
      path: '/users/invitations/:id',
      access: 'users:create',
      summary: 'Revoke an invitation',
      description: 'The link is dead, and the user, who never came, is deleted.',
      params: invitationId,
      answers: { 204: null },
      problems: ['user-exceeds-own'],
      handle: async ({ params, caller, ifMatch }) => {
        await revokeInvitation(maindb, { invitationId: params.id, caller, ifMatch })
        return noContent()
      },
    }),
  ])
}
