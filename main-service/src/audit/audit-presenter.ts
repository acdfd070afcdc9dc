import { z } from 'zod'

import type { AuditRow } from './audit-rows.ts'

const party = z.object({ type: z.string(), id: z.string() })
const fields = z.record(z.string(), z.unknown()).nullable()
const shortened =
  'Of an object, such as `profile`, only the changed keys. A long value is replaced by `{"truncated", "length"}`: the ' +
  'beginning of a text, the changed items of a list, or the changed keys of an object, and the length of the whole value.'

export const auditEntrySchema = z
  .object({
    id: z.uuid(),
    at: z.iso.datetime(),
    actor: party.describe('The author of the change. `type` is `user`, `api-key`, `service` or `system`.'),
    action: z.string().describe('The kind of change, such as `user.created`.'),
    target: party.describe('The changed object. `type` is `user`, `role`, `permission`, `session` or `api-key`.'),
    before: fields.describe(
      'The changed fields, with their values before the change; null if the target was created. ' + shortened,
    ),
    after: fields.describe(
      'The changed fields, with their values after the change; null if the target was deleted. See `before` for long values.',
    ),
    address: z.string().nullable().describe('IP address of the client.'),
    userAgent: z.string().nullable(),
    requestId: z.string().nullable().describe('`X-Request-Id` of the request that made the change.'),
  })
  .meta({ id: 'AuditEntry' })

export function presentAuditEntry(row: AuditRow): z.output<typeof auditEntrySchema> {
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
