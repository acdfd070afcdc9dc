import type { Identity } from '@likeness/internal-api'

import { inForce } from '../grants/in-force.ts'
import type { Sql } from '../maindb.ts'
import { presentUser } from '../users/user-presenter.ts'
import { userColumns, type UserRow } from '../users/user-rows.ts'

/** What `claimColumns` selects. */
export interface ClaimsRow extends UserRow {
  epoch: number
  permissions: string[]
  roleEpochs: Record<string, number>
  secondsLeft: number | null
}

/**
 * Everything that a token says of a user `u`: for one statement, so that rights and epochs are of one moment. Seconds
 * are no `integer`: that one ends after 68 years, and people write 2099 for "for good".
 *
 * @param until what else ends it, as an expression of a time or null
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

/** The claims, and how long they hold: never no time at all, as a token cannot be made for none. */
export function presentClaims({
  roles,
  permissions,
  email,
  epoch,
  roleEpochs,
  secondsLeft,
}: ClaimsRow): Pick<Identity, 'claims' | 'secondsLeft'> {
  return {
    claims: { roles, permissions, email, epoch, roleEpochs },
    secondsLeft: secondsLeft === null ? null : Math.max(1, secondsLeft),
  }
}

export async function readIdentity(sql: Sql, sessionId: string, userId: string): Promise<Identity> {
  const row = await sql.row<ClaimsRow>(`SELECT ${claimColumns()} FROM users u WHERE u.id = :userId`, { userId })
  if (!row) throw new Error(`The user ${userId} of the session ${sessionId} is gone`)
  return { sessionId, user: presentUser(row), ...presentClaims(row) }
}
