import { inForce } from '../grants/in-force.ts'
import type { Sql } from '../maindb.ts'
import type { UserAttributes } from '../models/user.ts'
import { userColumns, type UserRow } from '../users/user-rows.ts'

/** The columns that `claimColumns` selects. */
export interface ClaimsRow extends UserRow, Pick<UserAttributes, 'epoch'> {
  permissions: string[]
  roleEpochs: Record<string, number>
  secondsLeft: number | null
}

/**
 * The claims of a token of the user `u`, as columns of one statement, so that rights and epochs are read at the same
 * moment. The seconds are a double: an `integer` overflows after 68 years, and some grants last until 2099.
 *
 * @param until an additional expiry of the token: an SQL expression for a time or null
 */
export const claimColumns = (until = 'NULL::timestamptz') => `${userColumns}, u.epoch,
  ARRAY(
    SELECT DISTINCT p.name FROM user_roles ur
    JOIN role_permissions rp ON rp.role_id = ur.role_id JOIN permissions p ON p.id = rp.permission_id
    WHERE ur.user_id = u.id AND ${inForce} ORDER BY p.name
  ) AS permissions,
  (SELECT coalesce(jsonb_object_agg(r.id, r.epoch), '{}') FROM user_roles ur JOIN roles r ON r.id = ur.role_id
   WHERE ur.user_id = u.id AND ${inForce}) AS "roleEpochs",
  floor(extract(epoch FROM least(${until}, (
    SELECT min(ur.expires_at) FROM user_roles ur WHERE ur.user_id = u.id AND ${inForce}
  )) - now()))::double precision AS "secondsLeft"`

/** A hot read: it runs at every login and every refresh. */
export function findClaims(sql: Sql, userId: string): Promise<ClaimsRow | undefined> {
  return sql.row<ClaimsRow>(`SELECT ${claimColumns()} FROM users u WHERE u.id = :userId`, { userId })
}
