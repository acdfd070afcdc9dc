import { z } from 'zod'

import type { Sql } from '../maindb.ts'
import { presentUser } from '../users/user-presenter.ts'
import { inForce, userColumns, type UserRow } from '../users/user-rows.ts'
import { userSchema } from '../users/user-schema.ts'

/** Who a session belongs to, and what an access token for it says. */
export const identitySchema = z.object({
  sessionId: z.uuid(),
  user: userSchema,
  claims: z.object({
    roles: z.array(z.string()),
    permissions: z.array(z.string()),
    email: z.string(),
    epoch: z.int(),
    roleEpochs: z.record(z.uuid(), z.int()),
  }),
  secondsLeft: z.int().nullable().describe('Until the first of these roles runs out: no token may outlive it.'),
})

export type Identity = z.output<typeof identitySchema>

interface IdentityRow extends UserRow {
  epoch: number
  permissions: string[]
  roleEpochs: Record<string, number>
  secondsLeft: number | null
}

/** Everything that a token says of a user, in one statement, so that rights and epochs are of one moment. */
export async function readIdentity(sql: Sql, sessionId: string, userId: string): Promise<Identity> {
  const row = await sql.row<IdentityRow>(
    `SELECT ${userColumns}, u.epoch,
       ARRAY(
         SELECT DISTINCT p.name FROM user_roles ur
         JOIN role_permissions rp ON rp.role_id = ur.role_id JOIN permissions p ON p.id = rp.permission_id
         WHERE ur.user_id = u.id AND ${inForce} ORDER BY p.name
       ) AS permissions,
       (SELECT coalesce(jsonb_object_agg(r.id, r.epoch), '{}') FROM user_roles ur JOIN roles r ON r.id = ur.role_id
        WHERE ur.user_id = u.id AND ${inForce}) AS "roleEpochs",
       (SELECT greatest(1, floor(extract(epoch FROM min(ur.expires_at) - now()))::integer) FROM user_roles ur
        WHERE ur.user_id = u.id AND ${inForce} HAVING min(ur.expires_at) IS NOT NULL) AS "secondsLeft"
     FROM users u WHERE u.id = :userId`,
    { userId },
  )
  if (!row) throw new Error(`The user ${userId} of the session ${sessionId} is gone`)
  const { roles, permissions, email, epoch, roleEpochs, secondsLeft } = row
  return { sessionId, user: presentUser(row), claims: { roles, permissions, email, epoch, roleEpochs }, secondsLeft }
}
