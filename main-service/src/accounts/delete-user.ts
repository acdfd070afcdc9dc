import { now } from '@likeness/postgres'

import type { AuditAction } from '../audit/record-change.ts'
import type { Maindb, MaindbUnit } from '../maindb.ts'
import { owe } from '../outbox/outbox-rows.ts'
import { endSessionsOfUser } from '../sessions/session-rows.ts'
import { markUserDeleted } from '../users/user-rows.ts'
import { changeUser, type UserChange } from './change-user.ts'

/** Why a user is deleted. */
interface Occasion {
  action: AuditAction
  /** Throws where it is none any more, once the user is held. */
  check?(unit: MaindbUnit): Promise<void>
}

/**
 * Deletes a user, so that they can be restored; their sessions end, their API keys are revoked, their address is free,
 * and medias-service will hear of it, so that their media go with them.
 *
 * @throws {Problem} 404, 412, 403 `user-exceeds-own`, 409 `last-admin`.
 */
export async function deleteUser(
  maindb: Maindb,
  change: UserChange,
  { action, check }: Occasion = { action: 'user.deleted' },
): Promise<void> {
  await changeUser(maindb, action, change, async (unit, user) => {
    await check?.(unit)
    const revision = await markUserDeleted(unit, user.id)
    await endSessionsOfUser(unit, user.id, 'deleted')
    await unit.ApiKey.update({ revokedAt: now }, { where: { userId: user.id, revokedAt: null } })
    await owe(unit, 'owner-state', user.id, { state: 'deleted', revision })
  })
}
