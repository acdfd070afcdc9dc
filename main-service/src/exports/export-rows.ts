import type { ApiKeyRow } from '../api-keys/api-key-rows.ts'
import type { AuditRow } from '../audit/audit-rows.ts'
import type { Sql } from '../maindb.ts'
import type { ApiKeyAttributes } from '../models/api-key.ts'
import type { SessionAttributes } from '../models/session.ts'

/** The data about a user that no other route returns. */
export interface ExportedUserRow {
  roles: { name: string; givenAt: string; expiresAt: string | null }[]
  invitation: {
    id: string
    sentAt: string | null
    expiresAt: string | null
    failedReason: string | null
    createdAt: string
  } | null
  experiments: { experiment: string; variation: string; createdAt: string }[]
}

/**
 * One statement, so that all data are read at the same moment. Includes expired grants, because they are stored too.
 */
export function findExportedUser(sql: Sql, userId: string): Promise<ExportedUserRow | undefined> {
  return sql.row<ExportedUserRow>(
    `SELECT
       (SELECT coalesce(jsonb_agg(jsonb_build_object(
           'name', r.name, 'givenAt', ${time('ur.created_at')}, 'expiresAt', ${time('ur.expires_at')}
         ) ORDER BY r.name COLLATE human), '[]')
        FROM user_roles ur JOIN roles r ON r.id = ur.role_id WHERE ur.user_id = u.id) AS roles,
       (SELECT jsonb_build_object(
           'id', i.id, 'sentAt', ${time('i.sent_at')}, 'expiresAt', ${time('i.expires_at')},
           'failedReason', i.failed_reason, 'createdAt', ${time('i.created_at')})
        FROM invitation i WHERE i.user_id = u.id) AS invitation,
       (SELECT coalesce(jsonb_agg(jsonb_build_object(
           'experiment', f.experiment, 'variation', f.variation, 'createdAt', ${time('f.created_at')}
         ) ORDER BY f.experiment COLLATE human), '[]')
        FROM feature_bucket f WHERE f.user_id = u.id) AS experiments
     FROM users u WHERE u.id = :userId`,
    { userId },
  )
}

/** In the format of `Date.toISOString`. */
const time = (column: string) => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

type ExportedSessionRow = Omit<SessionAttributes, 'userId'>

const NO_ID = '00000000-0000-0000-0000-000000000000'

/** All sessions in the order of their ids, including ended sessions. */
export function listExportedSessions(
  sql: Sql,
  userId: string,
  { after = NO_ID, limit }: { after: string | undefined; limit: number },
): Promise<ExportedSessionRow[]> {
  return sql.rows<ExportedSessionRow>(
    `SELECT id, device, address, created_at AS "createdAt", last_used_at AS "lastUsedAt", expires_at AS "expiresAt",
       ended_at AS "endedAt", ended_reason AS "endedReason"
     FROM sessions WHERE user_id = :userId AND id > :after ORDER BY id LIMIT :limit`,
    { userId, after, limit },
  )
}

type ExportedApiKeyRow = ApiKeyRow & Pick<ApiKeyAttributes, 'revokedAt'>

/** All API keys in the order of their ids, including revoked keys. */
export function listExportedApiKeys(
  sql: Sql,
  userId: string,
  { after = NO_ID, limit }: { after: string | undefined; limit: number },
): Promise<ExportedApiKeyRow[]> {
  return sql.rows<ExportedApiKeyRow>(
    `SELECT id, name, permissions, hint, expires_at AS "expiresAt", last_used_at AS "lastUsedAt",
       created_at AS "createdAt", revoked_at AS "revokedAt"
     FROM api_key WHERE user_id = :userId AND id > :after ORDER BY id LIMIT :limit`,
    { userId, after, limit },
  )
}

export interface ExportedAuditRow extends AuditRow {
  /** Whether the actor is the user or an API key of the user. */
  isByThem: boolean
  /** Whether the target is the user, or a session or API key of the user. */
  isAboutThem: boolean
}

/**
 * Entries of the audit trail by or about a user, in the order of the trail. Looks up the id of the user, and of each
 * key and session of the user, in the indexes of actors and targets, so that every batch costs the same.
 */
export function listExportedAudit(
  sql: Sql,
  userId: string,
  { after, limit }: { after: { at: string; id: string } | undefined; limit: number },
): Promise<ExportedAuditRow[]> {
  return sql.rows<ExportedAuditRow>(
    `WITH theirs AS (
       SELECT :userId::text AS id
       UNION ALL SELECT id::text FROM api_key WHERE user_id = :userId::uuid
       UNION ALL SELECT id::text FROM sessions WHERE user_id = :userId::uuid
     ), found AS (
       SELECT line.id, line.at FROM theirs CROSS JOIN LATERAL (
         ${linesAfter('actor_id = theirs.id')}
       ) line
       UNION
       SELECT line.id, line.at FROM theirs CROSS JOIN LATERAL (
         ${linesAfter('target_id = theirs.id')}
       ) line
     ), batch AS (
       SELECT id FROM found ORDER BY at, id LIMIT :limit::integer
     )
     SELECT a.id, a.at, a.actor_type AS "actorType", a.actor_id AS "actorId", a.action,
       a.target_type AS "targetType", a.target_id AS "targetId", a.before, a.after, a.address,
       a.user_agent AS "userAgent", a.request_id AS "requestId",
       a.actor_id IN (SELECT id FROM theirs) AS "isByThem", a.target_id IN (SELECT id FROM theirs) AS "isAboutThem"
     FROM batch JOIN audit a ON a.id = batch.id ORDER BY a.at, a.id`,
    { userId, at: after?.at ?? '-infinity', id: after?.id ?? NO_ID, limit },
  )
}

const linesAfter = (which: string) =>
  `SELECT id, at FROM audit WHERE ${which} AND (at, id) > (:at::timestamptz, :id::uuid)
   ORDER BY at, id LIMIT :limit::integer`
