import type { RevocationPage } from '@likeness/service-kit'

import type { Sql } from '../maindb.ts'

const entries = (from: string) => `
  SELECT pg_current_snapshot()::text AS cursor, coalesce((
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
 * @throws the database's 22P02 for a cursor that is none.
 */
export async function readRevocationsSince(sql: Sql, cursor: string): Promise<RevocationPage> {
  const [page] = await sql.rows<RevocationPage>(
    entries(`SELECT kind, subject, min_epoch FROM revocation
             WHERE xid >= pg_snapshot_xmin(:cursor::pg_snapshot)
               AND NOT pg_visible_in_snapshot(xid, :cursor::pg_snapshot)`),
    { cursor },
  )
  return page as RevocationPage
}
