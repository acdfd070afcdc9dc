import type { RevocationPage } from '@likeness/internal-api'
import { problems } from '@likeness/service-kit/process'

import type { Sql } from '../maindb.ts'

/**
 * Where the next reading goes on from: the statement's snapshot, less the transactions after the last that revoked
 * anything. That one is on disk, and so its number is never given again; those of transactions after it, which came to
 * nothing, may be, when PostgreSQL is killed before it has written of them, and would be taken for seen.
 */
const CURSOR = `
  SELECT concat(least(xmin, xmax), ':', xmax, ':', (
    SELECT string_agg(open::text, ',' ORDER BY open) FROM pg_snapshot_xip(pg_current_snapshot()) AS open
    WHERE open::text::bigint < xmax
  ))
  FROM (
    -- 3 is the first there can be; a row of a later one comes from another cluster's backup.
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

/** More than any access token lasts: what is older makes none of them stale. */
const SNAPSHOT = "interval '2 hours'"

/** Everything that may still make a token stale, each subject once; the cursor is where it goes on from. */
export async function readRevocationSnapshot(sql: Sql): Promise<RevocationPage> {
  const [page] = await sql.rows<RevocationPage>(
    entries(`SELECT kind, subject, max(min_epoch) AS min_epoch FROM revocation
             WHERE created_at > now() - ${SNAPSHOT} GROUP BY kind, subject`),
  )
  return page as RevocationPage
}

/**
 * What has been committed since the snapshot that `cursor` is: nothing twice and nothing lost, however the transactions
 * overlapped, and none waits for another that is still open.
 *
 * @throws {Problem} 422 for a cursor that is ahead of the database: it was restored from a backup, say, and counts
 *   transactions from there.
 * @throws the database's 22P02 for a cursor that is none.
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
  if (isAhead) throw problems.invalid([{ path: 'query.after', message: 'is a cursor of what is not here any more' }])
  return read
}
