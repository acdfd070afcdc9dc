import { z } from 'zod'

import type { AuditRow } from './audit-rows.ts'

const party = <Type extends string>(id: string, description: string, types: readonly [Type, ...Type[]]) =>
  z
    .object({
      type: z.enum(types).describe('The kind of object.'),
      id: z.string().describe('Id of the object.'),
    })
    .meta({ id, description })
const actorSchema = party('AuditActor', 'The author of a change. `system` is main-service itself.', [
  'user',
  'api-key',
  'service',
  'system',
])
const targetSchema = party('AuditTarget', 'The changed object.', ['user', 'role', 'permission', 'session', 'api-key'])
const fields = z.record(z.string(), z.unknown().describe('Value of the field.')).nullable()
const shortened =
  'Of an object, such as `profile`, only the changed keys. A long value is replaced by `{"truncated", "length"}`: the ' +
  'beginning of a text, the changed items of a list, or the changed keys of an object, and the length of the whole value.'

export const auditEntrySchema = z
  .object({
    id: z.uuid().describe('Id of the entry.'),
    at: z.iso.datetime().describe('Time of the change (ISO 8601, UTC).'),
    actor: actorSchema,
    action: z.string().describe('The kind of change, such as `user.created`. Later releases can add kinds.'),
    target: targetSchema,
    before: fields.describe(
      'The changed fields, with their values before the change; null if the target was created. ' + shortened,
    ),
    after: fields.describe(
      'The changed fields, with their values after the change; null if the target was deleted. See `before` for long values.',
    ),
    address: z.string().nullable().describe('IP address of the client; null if a service made the change by itself.'),
    userAgent: z.string().nullable().describe('`User-Agent` header of the request; null if there was none.'),
    requestId: z
      .string()
      .nullable()
      .describe('`X-Request-Id` of the request that made the change; null if no request did.'),
  })
  .meta({ id: 'AuditEntry', description: 'An entry of the audit trail: one change and its author.' })

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
