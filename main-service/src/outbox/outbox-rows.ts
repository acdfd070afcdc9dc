import type { MaindbUnit, Sql } from '../maindb.ts'
import type { OutboxAttributes, OutboxKind } from '../models/outbox.ts'

/** A leased row; `attempts` includes the current attempt. */
export type OutboxRow = Pick<OutboxAttributes, 'id' | 'kind' | 'subject' | 'payload' | 'attempts' | 'revision'>

/**
 * Enqueues a delivery, in the transaction of the change that causes it. Replaces a pending delivery of the same kind
 * for the same subject.
 */
export async function enqueue(
  sql: Sql,
  kind: OutboxKind,
  subject: string,
  payload: Record<string, unknown> = {},
): Promise<void> {
  await sql.rows(
    `INSERT INTO outbox AS o (kind, subject, payload) VALUES (:kind, :subject, :payload)
     ON CONFLICT (kind, subject) DO UPDATE SET
       payload = EXCLUDED.payload, revision = o.revision + 1, attempts = 0, due_at = now(), last_error = NULL`,
    { kind, subject, payload: JSON.stringify(payload) },
  )
}

/**
 * Leases the oldest due rows, and skips rows that another relay has locked. Their delivery starts after this statement.
 */
export function claimOutboxRows(
  sql: Sql,
  kinds: OutboxKind[],
  { limit, leaseSeconds }: { limit: number; leaseSeconds: number },
): Promise<OutboxRow[]> {
  return sql.rows<OutboxRow>(
    `UPDATE outbox SET due_at = now() + make_interval(secs => :leaseSeconds), attempts = attempts + 1
     WHERE id IN (
       SELECT id FROM outbox WHERE due_at <= now() AND kind = ANY(:kinds::text[])
       ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED
     )
     RETURNING id, kind, subject, payload, attempts, revision`,
    { kinds, limit, leaseSeconds },
  )
}

/** Deletes a delivered row, unless a newer delivery has replaced it. */
export async function deleteOutboxRow({ Outbox }: MaindbUnit, { id, revision }: OutboxRow): Promise<void> {
  await Outbox.destroy({ where: { id, revision } })
}

/** Postpones a delivery, unless a newer delivery has replaced it. */
export async function postponeOutboxRow(
  sql: Sql,
  { id, revision }: OutboxRow,
  { seconds, reason }: { seconds: number; reason: string | null },
): Promise<void> {
  await sql.rows(
    `UPDATE outbox SET due_at = now() + make_interval(secs => :seconds), last_error = :reason
     WHERE id = :id AND revision = :revision`,
    { id, revision, seconds, reason },
  )
}

/** The number of pending rows of each kind, and the age of the oldest row in seconds. */
export function measureOutbox(sql: Sql): Promise<{ kind: OutboxKind; waiting: number; oldestSeconds: number }[]> {
  return sql.rows(
    `SELECT kind, count(*)::integer AS waiting,
       extract(epoch FROM now() - min(created_at))::double precision AS "oldestSeconds"
     FROM outbox GROUP BY kind`,
  )
}
