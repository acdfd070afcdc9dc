import { now } from '@likeness/postgres'

import type { AuditAction } from '../audit/record-change.ts'
import type { Maindb, MaindbUnit } from '../maindb.ts'
import { enqueue } from '../outbox/outbox-rows.ts'
import { endSessionsOfUser } from '../sessions/session-rows.ts'
import { markUserDeleted } from '../users/user-rows.ts'
import { changeUser, type UserChange } from './change-user.ts'

/** The reason for a deletion. */
interface Occasion {
  action: AuditAction
  /** Runs after the user is locked. Throws when the reason no longer holds. */
  check?(unit: MaindbUnit): Promise<void>
}

/**
 * Deletes a user, who can be restored later. Ends their sessions, revokes their API keys, and frees their email address.
 * Enqueues a delivery to medias-service, which puts their media in the trash.
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
    await enqueue(unit, 'owner-state', user.id, { state: 'deleted', revision })
  })
}
