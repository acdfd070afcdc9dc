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
    before: fields.describe('The changed fields before the change; null when the target was created.'),
    after: fields.describe('The changed fields after the change; null when the target was deleted.'),
    address: z.string().nullable(),
    userAgent: z.string().nullable(),
    requestId: z.string().nullable(),
  })
  .meta({ id: 'AuditLine' })

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
