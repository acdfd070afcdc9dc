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

const invitationId = z.object({ id: uuid.describe('Id of the invitation.') })

/** Routes for open invitations. They must come before `/users/:id`, which also matches their paths. */
export function invitationRoutes(context: Context): Route[] {
  const { maindb } = context
  return ownedByNobody([
    route({
      operationId: 'listInvitations',
      method: 'get',
      path: '/users/invitations',
      access: 'users:create',
      summary: 'List invitations',
      description: 'An invitation is deleted when it is accepted, and when its user is suspended or deleted.',
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
      operationId: 'createInvitation',
      method: 'post',
      path: '/users/invitations',
      access: 'users:create',
      summary: 'Invite a user by mail',
      description:
        'Creates a user with the status `invited`, and sends a mail with a link that works once, for 7 days. If the user ' +
        'is already `invited`, the request replaces their roles and sends a new link, and the old link stops working.',
      body: z.strictObject({
        email: emailAddress,
        roles: z.array(roleName).max(100).optional().describe('Names of the roles to grant. Default: `user`.'),
      }),
      answers: { 201: invitationSchema },
      problems: ['email-taken', 'grant-exceeds-own', 'user-exceeds-own'],
      handle: async ({ body, caller }) => {
        const invitation = await inviteUser(context, caller, body)
        return created(`/api/v1/users/invitations/${invitation.id}`, presentInvitation(invitation))
      },
    }),
    route({
      operationId: 'getInvitation',
      method: 'get',
      path: '/users/invitations/:id',
      access: 'users:create',
      summary: 'Get an invitation',
      description: 'Returns the invitation with its status. An accepted invitation does not exist any more.',
      params: invitationId,
      answers: { 200: invitationSchema },
      handle: async ({ params }) => {
        const invitation = await findInvitation(maindb, params.id)
        if (!invitation) throw problems.notFound('invitation')
        return ok(presentInvitation(invitation))
      },
    }),
    route({
      operationId: 'revokeInvitation',
      method: 'delete',
      path: '/users/invitations/:id',
      access: 'users:create',
      summary: 'Revoke an invitation',
      description: 'The link in the mail stops working, and the invited user is deleted.',
      params: invitationId,
      acceptsMatch: true,
      answers: { 204: null },
      problems: ['user-exceeds-own'],
      handle: async ({ params, caller, ifMatch }) => {
        await revokeInvitation(maindb, { invitationId: params.id, caller, ifMatch })
        return noContent()
      },
    }),
  ])
}
