import { presentAuditLine } from '../audit/audit-presenter.ts'
import type { HeldAuditRow } from './export-rows.ts'

/**
 * A line of the audit trail as the person may have it: of others it names the id and no more. Where an administrator
 * sat, and what was changed of somebody else, is not theirs.
 */
export function presentHeldAuditLine(row: HeldAuditRow): ReturnType<typeof presentAuditLine> {
  // The rows of sessions go some time after their end, and nobody opens or ends another's.
  const isAboutThem = row.isAboutThem || (row.isByThem && row.targetType === 'session')
  return {
    ...presentAuditLine(row),
    ...(isAboutThem ? {} : { before: null, after: null }),
    ...(row.isByThem ? {} : { address: null, userAgent: null }),
  }
}
