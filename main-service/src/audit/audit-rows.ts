import { keyset, type ListOrder } from '@likeness/service-kit/http'

import type { Sql } from '../maindb.ts'
import type { AuditAttributes } from '../models/audit.ts'

export type AuditRow = AuditAttributes

export const auditOrder: ListOrder<'at'> = {
  columns: { at: 'a.at' },
  standard: '-at',
  tieBreak: 'a.id',
}

export interface AuditFilter {
  /** An id. */
  actor?: string | undefined
  /** An action, or a prefix that ends with a period: `user.`. */
  action?: string | undefined
  /** An id. */
  target?: string | undefined
  requestId?: string | undefined
  from?: string | undefined
  /** Exclusive. */
  to?: string | undefined
}

export function listAudit(sql: Sql, filter: AuditFilter, request: Parameters<typeof keyset>[1]): Promise<AuditRow[]> {
  const { cursorColumns, where, orderBy, limit, values } = keyset(auditOrder, request)
  return sql.rows<AuditRow>(
    `SELECT a.id, a.at, a.actor_type AS "actorType", a.actor_id AS "actorId", a.action,
       a.target_type AS "targetType", a.target_id AS "targetId", a.before, a.after,
       a.address, a.user_agent AS "userAgent", a.request_id AS "requestId", ${cursorColumns}
     FROM audit a WHERE ${condition(filter)} AND ${where} ORDER BY ${orderBy} LIMIT ${limit}`,
    { ...valuesOf(filter), ...values },
  )
}

export async function countAudit(sql: Sql, filter: AuditFilter): Promise<number> {
  const row = await sql.row<{ total: number }>(
    `SELECT count(*)::integer AS total FROM audit a WHERE ${condition(filter)}`,
    valuesOf(filter),
  )
  return row?.total ?? 0
}

function condition({ actor, action, target, requestId, from, to }: AuditFilter): string {
  return [
    'true',
    actor !== undefined && 'a.actor_id = :actor',
    action?.endsWith('.') === false && 'a.action = :action',
    // In the collation "C" of this column, the values with a common prefix are a range.
    action?.endsWith('.') && 'a.action >= :action AND a.action < :actionEnd',
    target !== undefined && 'a.target_id = :target',
    requestId !== undefined && 'a.request_id = :requestId',
    from !== undefined && 'a.at >= :from',
    to !== undefined && 'a.at < :to',
  ]
    .filter(Boolean)
    .join(' AND ')
}

/** The range of `user.` ends before `user/`, because `/` follows `.` in ASCII. */
const valuesOf = (filter: AuditFilter) => ({ ...filter, actionEnd: filter.action?.replace(/\.$/, '/') })

/**
 * Deletes a batch of entries that are older than `days`. @returns the number of deleted entries.
 *
 * @param days at least 30; the database rejects less
 */
export async function expireAudit(sql: Sql, days: number, batch: number): Promise<number> {
  const row = await sql.row<{ deleted: number }>('SELECT expire_audit(:days, :batch) AS deleted', { days, batch })
  return row?.deleted ?? 0
}
