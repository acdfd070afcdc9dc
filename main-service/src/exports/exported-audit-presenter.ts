import { presentAuditEntry } from '../audit/audit-presenter.ts'
import type { ExportedAuditRow } from './export-rows.ts'

/**
 * An entry of the audit trail for the export of a user. Other users appear in it only with their ids: it omits the
 * changed fields of another target, and the address and user agent of another actor.
 */
export function presentExportedAuditEntry(row: ExportedAuditRow): ReturnType<typeof presentAuditEntry> {
  // The row of an old session is deleted, so `isAboutThem` is false. Users open and end only their own sessions, so the
  // session is the user's own.
  const isAboutThem = row.isAboutThem || (row.isByThem && row.targetType === 'session')
  return {
    ...presentAuditEntry(row),
    ...(isAboutThem ? {} : { before: null, after: null }),
    ...(row.isByThem ? {} : { address: null, userAgent: null }),
  }
}
