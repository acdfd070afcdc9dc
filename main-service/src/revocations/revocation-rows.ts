import type { RevocationPage } from '@likeness/internal-api'
import { problems } from '@likeness/service-kit/process'

import type { Sql } from '../maindb.ts'

/**
 * The cursor for the next read: the snapshot of the statement, truncated after the last transaction that wrote a
 * revocation. That transaction is on disk, so its id is never reused. The ids of later transactions that were rolled
 * back can be reused, if PostgreSQL is killed before it has written them to disk. If the cursor contained them, a
 * reader would skip the revocations of the transactions that reuse these ids.
 */
const CURSOR = `
  SELECT concat(least(xmin, xmax), ':', xmax, ':', (
    SELECT string_agg(open::text, ',' ORDER BY open) FROM pg_snapshot_xip(pg_current_snapshot()) AS open
    WHERE open::text::bigint < xmax
  ))
  FROM (
    -- 3 is the first transaction id. A row with an id above the snapshot comes from the backup of another cluster.
    SELECT coalesce((
        SELECT xid::text::bigint + 1 FROM revocation WHERE xid < pg_snapshot_xmax(pg_current_snapshot())
        ORDER BY xid DESC LIMIT 1
      ), 3) AS xmax,
      pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS xmin
  ) AS edge`

const entries = (from: string) => `
  SELECT (${CURSOR}) AS cursor, coalesce((
    SELECT jsonb_agg(jsonb_build_object('kind', kind, 'id', subject, 'minEpoch', min_epoch)) FROM (${from}) AS entry
  ), '[]') AS entries`

/** Longer than the lifetime of any access token, so that older revocations affect no valid token. */
const SNAPSHOT = "interval '2 hours'"

/** All revocations that can affect a valid token, one per subject, and the cursor for the next read. */
export async function readRevocationSnapshot(sql: Sql): Promise<RevocationPage> {
  const [page] = await sql.rows<RevocationPage>(
    entries(`SELECT kind, subject, max(min_epoch) AS min_epoch FROM revocation
             WHERE created_at > now() - ${SNAPSHOT} GROUP BY kind, subject`),
  )
  return page as RevocationPage
}

/**
 * The revocations that were committed after the snapshot `cursor`. Each revocation is returned exactly once, even if
 * transactions overlap. An open transaction does not delay the revocations of other transactions.
 *
 * @throws {Problem} 422 for a cursor that is ahead of the database, for example after a backup was restored.
 * @throws PostgreSQL's 22P02 for an invalid cursor.
 */
export async function readRevocationsSince(sql: Sql, cursor: string): Promise<RevocationPage> {
  const [page] = await sql.rows<RevocationPage & { isAhead: boolean }>(
    `SELECT page.*, pg_snapshot_xmax(:cursor::pg_snapshot) > pg_snapshot_xmax(pg_current_snapshot()) AS "isAhead"
     FROM (${entries(`SELECT kind, subject, min_epoch FROM revocation
                      WHERE xid >= pg_snapshot_xmin(:cursor::pg_snapshot)
                        AND NOT pg_visible_in_snapshot(xid, :cursor::pg_snapshot)`)}) AS page`,
    { cursor },
  )
  const { isAhead, ...read } = page as RevocationPage & { isAhead: boolean }
  if (isAhead)
    throw problems.invalid([{ path: 'query.after', message: 'is ahead of the database; omit it to read a snapshot' }])
  return read
}
