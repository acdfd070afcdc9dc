import type { MaindbUnit, Sql } from '../maindb.ts'
import type { OutboxAttributes, OutboxKind } from '../models/outbox.ts'

/** A leased row; `attempts` counts this attempt too. */
export type OutboxRow = Pick<OutboxAttributes, 'id' | 'kind' | 'subject' | 'payload' | 'attempts' | 'revision'>

/**
 * Owes something, in the transaction that it follows from. What is owed about the same subject already is replaced:
 * only the last counts.
 */
export async function owe(
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

/** Leases the oldest rows that are due and nobody else has, in one short transaction in which nothing is delivered. */
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

/** Deletes a delivered row, unless it was written again meanwhile. */
export async function settleOutboxRow({ Outbox }: MaindbUnit, { id, revision }: OutboxRow): Promise<void> {
  await Outbox.destroy({ where: { id, revision } })
}

/** Puts a delivery off. What was owed anew meanwhile is due as it is. */
export async function putOffOutboxRow(
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

/** How many rows of each kind wait, and the age of the oldest in seconds. */
export function measureOutbox(sql: Sql): Promise<{ kind: OutboxKind; waiting: number; oldestSeconds: number }[]> {
  return sql.rows(
    `SELECT kind, count(*)::integer AS waiting,
       extract(epoch FROM now() - min(created_at))::double precision AS "oldestSeconds"
     FROM outbox GROUP BY kind`,
  )
}
