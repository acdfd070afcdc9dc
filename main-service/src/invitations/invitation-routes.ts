import { emailAddress, uuid } from '@likeness/internal-api'
import { created, noContent, ok, ownedByNobody, page, pageOf, pageQuery, type Route } from '@likeness/service-kit/http'
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

/** Open invitations. Must come before `/users/:id`. */
export function invitationRoutes(context: Context): Route[] {
  const { maindb } = context
  return ownedByNobody([
    route({
      method: 'get',
      path: '/users/invitations',
      access: 'users:create',
      summary: 'List invitations',
      description: 'Open invitations only. Suspended and deleted users have none.',
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
      summary: 'Invite a person by mail',
      description:
        'The mail has a link that works once, for 7 days. Without roles the user gets `user`. For a user who is already ' +
        '`invited`, this replaces the link and the roles.',
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
      description: 'The link stops working, and the invited user is deleted.',
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
