import { createdAt, presentedEmail } from '@likeness/internal-api'
import { z } from 'zod'

import type { InvitationRow } from '../invitation-links/invitation-rows.ts'

export const invitationStatus = z
  .enum(['pending', 'expired', 'failed'])
  .describe(
    '`pending`: not accepted yet. `expired`: the link has expired. `failed`: the mail server rejected the mail permanently.',
  )

export const invitationSchema = z
  .object({
    id: z.uuid().describe('Id of the invitation.'),
    email: presentedEmail,
    roles: z.array(z.string().describe('Name of a role.')).describe('Names of the roles that the user has.'),
    userId: z.uuid().describe('Id of the invited user.'),
    invitedBy: z.uuid().nullable().describe('Id of the user who sent the invitation; null if that user was erased.'),
    status: invitationStatus,
    sentAt: z.iso.datetime().nullable().describe('Time at which the mail server accepted the mail; null until then.'),
    expiresAt: z.iso
      .datetime()
      .nullable()
      .describe('Time at which the link expires, 7 days after the mail was sent; null until then.'),
    failedReason: z
      .string()
      .nullable()
      .describe('Reason for which the mail server rejected the mail. Null unless `status` is `failed`.'),
    createdAt,
  })
  .meta({ id: 'Invitation', description: 'An invitation by mail that is not accepted yet.' })

export function presentInvitation(row: InvitationRow): z.output<typeof invitationSchema> {
  return {
    id: row.id,
    email: row.email,
    roles: row.roles,
    userId: row.userId,
    invitedBy: row.invitedBy,
    status: row.status,
    sentAt: row.sentAt?.toISOString() ?? null,
    expiresAt: row.expiresAt?.toISOString() ?? null,
    failedReason: row.failedReason,
    createdAt: row.createdAt.toISOString(),
  }
}
