import { z } from 'zod'

import { endpoint } from './endpoint.ts'
import { newPasswordHash } from './passwords.ts'
import { sha256 } from './sha256.ts'
import { personName } from './users.ts'

/** main-service stores the invitations; auth-service receives the tokens of the mails from clients. */
export const invitationEndpoints = {
  /** Checks that a token belongs to an open invitation. auth-service calls it before it hashes a password. */
  assertOpen: endpoint({
    method: 'post',
    path: '/internal/invitations/lookup',
    body: z.strictObject({ tokenHash: sha256 }),
    answers: { 204: null },
    problems: ['invitation-invalid'],
  }),

  /** Accepts an invitation. The invited user becomes active. */
  accept: endpoint({
    method: 'post',
    path: '/internal/invitations/accept',
    body: z.strictObject({ tokenHash: sha256, passwordHash: newPasswordHash, name: personName.optional() }),
    answers: { 200: z.object({ userId: z.uuid(), email: z.string() }) },
    problems: ['invitation-invalid'],
  }),
}
