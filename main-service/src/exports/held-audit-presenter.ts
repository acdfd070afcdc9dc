import { presentAuditLine } from '../audit/audit-presenter.ts'
import type { HeldAuditRow } from './export-rows.ts'

/**
 * A line of the audit trail for the export of a user. Other users appear in it by id only: it omits what was changed of
 * another user, and the address and user agent of another actor.
 */
export function presentHeldAuditLine(row: HeldAuditRow): ReturnType<typeof presentAuditLine> {
  // The row of an old session is deleted, so `isAboutThem` misses it. But nobody opens or ends another user's session.
  const isAboutThem = row.isAboutThem || (row.isByThem && row.targetType === 'session')
  return {
    ...presentAuditLine(row),
    ...(isAboutThem ? {} : { before: null, after: null }),
    ...(row.isByThem ? {} : { address: null, userAgent: null }),
  }
}
