import { now } from '@likeness/postgres'

import type { AuditAction } from '../audit/record-change.ts'
import type { Maindb, MaindbUnit } from '../maindb.ts'
import { enqueue } from '../outbox/outbox-rows.ts'
import { endSessionsOfUser } from '../sessions/session-rows.ts'
import { markUserDeleted } from '../users/user-rows.ts'
import { changeUser, type UserChange } from './change-user.ts'

/** The reason for a deletion. */
interface DeletionReason {
  action: AuditAction
  /** Runs after the user is locked. Throws if the reason no longer applies. */
  check?(unit: MaindbUnit): Promise<void>
}

/**
 * Deletes a user, who can be restored later. Ends all sessions of the user, revokes the API keys, and makes the email
 * address available to others. Enqueues a delivery to medias-service, which moves the user's media to the trash.
 *
 * @throws {Problem} 404, 412, 403 `user-exceeds-own`, 409 `last-admin`.
 */
export async function deleteUser(
  maindb: Maindb,
  change: UserChange,
  { action, check }: DeletionReason = { action: 'user.deleted' },
): Promise<void> {
  await changeUser(maindb, action, change, async (unit, user) => {
    await check?.(unit)
    const revision = await markUserDeleted(unit, user.id)
    await endSessionsOfUser(unit, user.id, 'deleted')
    await unit.ApiKey.update({ revokedAt: now }, { where: { userId: user.id, revokedAt: null } })
    await enqueue(unit, 'owner-state', user.id, { state: 'deleted', revision })
  })
}
