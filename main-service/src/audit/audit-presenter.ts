import { z } from 'zod'

import type { AuditRow } from './audit-rows.ts'

const party = z.object({ type: z.string(), id: z.string() })
const fields = z.record(z.string(), z.unknown()).nullable()

export const auditLineSchema = z
  .object({
    id: z.uuid(),
    at: z.iso.datetime(),
    actor: party.describe('`user`, `api-key`, `service` or `system`.'),
    action: z.string(),
    target: party,
    before: fields.describe('The fields that changed, as they were; null for what was made.'),
    after: fields.describe('The same as they are since; null for what is gone.'),
    address: z.string().nullable(),
    userAgent: z.string().nullable(),
    requestId: z.string().nullable(),
  })
  .meta({ id: 'AuditLine' })

/** A line of the audit trail as the route shows it. */
export function presentAuditLine(row: AuditRow): z.output<typeof auditLineSchema> {
  return {
    id: row.id,
    at: row.at.toISOString(),
    actor: { type: row.actorType, id: row.actorId },
    action: row.action,
    target: { type: row.targetType, id: row.targetId },
    before: row.before,
    after: row.after,
    address: row.address,
    userAgent: row.userAgent,
    requestId: row.requestId,
  }
}
