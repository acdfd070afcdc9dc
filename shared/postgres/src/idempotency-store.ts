import { createHmac } from 'node:crypto'

import type { IdempotencyStore } from '@likeness/service-kit/http'

import type { Sql } from './sql.ts'

/** How long an answer is kept. */
const KEPT_HOURS = 24
/** A claim older than this, with no answer, belongs to a process that died. */
const ABANDONED_MINUTES = 10

const THE_KEY = 'caller = :caller AND route = :route AND key = :key'

/**
 * Keeps answers in the table `idempotency_key`, which both databases have.
 *
 * @param secret the same in every replica; with another one, a repetition of an earlier request counts as a new request
 */
export function createIdempotencyStore(sql: Sql, secret: string): IdempotencyStore {
  return {
    hash: (request) => createHmac('sha256', secret).update(request).digest('hex'),

    async claim(name, requestHash) {
      const claimed = await sql.row(
        `INSERT INTO idempotency_key AS k (caller, route, key, request_hash, created_at)
         VALUES (:caller, :route, :key, :requestHash, now())
         ON CONFLICT (caller, route, key) DO UPDATE
           SET request_hash = :requestHash, status = NULL, headers = NULL, body = NULL, created_at = now()
           WHERE k.created_at < now() - interval '${KEPT_HOURS} hours'
              OR (k.status IS NULL AND k.created_at < now() - interval '${ABANDONED_MINUTES} minutes')
         RETURNING key`,
        { ...name, requestHash },
      )
      if (claimed) return 'claimed'
      const row = await sql.row<{
        requestHash: string
        status: number | null
        headers: Record<string, string> | null
        body: unknown
      }>(`SELECT request_hash AS "requestHash", status, headers, body FROM idempotency_key WHERE ${THE_KEY}`, {
        ...name,
      })
      if (!row) return { requestHash, reply: null }
      const reply = row.status === null ? null : { status: row.status, body: row.body, headers: row.headers ?? {} }
      return { requestHash: row.requestHash, reply }
    },

    async keep(name, { status, body, headers }) {
      await sql.rows(`UPDATE idempotency_key SET status = :status, headers = :headers, body = :body WHERE ${THE_KEY}`, {
        ...name,
        status,
        headers: JSON.stringify(headers ?? {}),
        body: body === undefined ? null : JSON.stringify(body),
      })
    },

    async release(name) {
      await sql.rows(`DELETE FROM idempotency_key WHERE ${THE_KEY} AND status IS NULL`, { ...name })
    },
  }
}
