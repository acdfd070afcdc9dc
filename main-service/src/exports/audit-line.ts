import type { HeldAuditRow } from './export-rows.ts'

/**
 * A line of the audit trail as the person may have it: of others it names the id and no more. Where an administrator
 * sat, and what was changed of somebody else, is not theirs.
 */
export function presentHeldAuditLine(row: HeldAuditRow): object {
  // The rows of sessions go some time after their end, and nobody opens or ends another's.
  const isAboutThem = row.isAboutThem || (row.isByThem && row.targetType === 'session')
  return {
    id: row.id,
    at: row.at,
    actor: { type: row.actorType, id: row.actorId },
    action: row.action,
    target: { type: row.targetType, id: row.targetId },
    before: isAboutThem ? row.before : null,
    after: isAboutThem ? row.after : null,
    address: row.isByThem ? row.address : null,
    userAgent: row.isByThem ? row.userAgent : null,
    requestId: row.requestId,
  }
}
