import { z } from 'zod'

import type { InvitationRow } from '../invitation-links/invitation-rows.ts'

export const invitationStatus = z.enum(['pending', 'expired', 'failed'])

export const invitationSchema = z
  .object({
    id: z.uuid(),
    email: z.string(),
    roles: z.array(z.string()),
    userId: z.uuid(),
    invitedBy: z.uuid().nullable(),
    status: invitationStatus,
    sentAt: z.iso.datetime().nullable().describe('When the mail server accepted the mail; null before.'),
    expiresAt: z.iso.datetime().nullable().describe('7 days after the mail was sent.'),
    failedReason: z.string().nullable().describe('Why the mail server refused the mail permanently.'),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Invitation' })

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
