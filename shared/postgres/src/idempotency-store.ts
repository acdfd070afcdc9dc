import { createHmac } from 'node:crypto'

import type { IdempotencyStore } from '@likeness/service-kit/http'

import type { BoundModel } from './bound-models.ts'
import type { IdempotencyKeyModel } from './idempotency-key.ts'
import type { Sql } from './sql.ts'

/** Hours for which a response is stored. */
const KEPT_HOURS = 24
/** Minutes after which a claim without a response expires, because its process died. */
const ABANDONED_MINUTES = 10

type IdempotencyDatabase = Sql & { readonly IdempotencyKey: BoundModel<IdempotencyKeyModel> }

/**
 * Stores responses in the table `idempotency_key`, which both databases have.
 *
 * @param secret the same in every replica; after a change, a repetition of an earlier request is treated as another request
 */
export function createIdempotencyStore(database: IdempotencyDatabase, secret: string): IdempotencyStore {
  const { IdempotencyKey } = database
  return {
    hash: (request) => createHmac('sha256', secret).update(request).digest('hex'),

    async claim(name, requestHash) {
      const claimed = await database.row(
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
      const row = await IdempotencyKey.findOne({ where: { ...name } })
      // The first request has just released the key. The client gets the same problem as during that request, and retries.
      if (!row) return { requestHash, reply: null }
      const { status, headers, body } = row
      return { requestHash: row.requestHash, reply: status === null ? null : { status, body, headers: headers ?? {} } }
    },

    async keep(name, { status, body, headers }) {
      await IdempotencyKey.update({ status, headers: headers ?? {}, body: body ?? null }, { where: { ...name } })
    },

    async release(name) {
      await IdempotencyKey.destroy({ where: { ...name, status: null } })
    },
  }
}
