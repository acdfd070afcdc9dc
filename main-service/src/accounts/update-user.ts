import { problems } from '@likeness/service-kit/process'

import type { Maindb } from '../maindb.ts'
import { endSessionsOfUser } from '../sessions/session-rows.ts'
import { updateUserRow, type UserChanges, type UserRow } from '../users/user-rows.ts'
import { changeUser, type UserChange } from './change-user.ts'

/**
 * Updates a user. A suspension ends all sessions of the user. With the scope `own`, the caller cannot change the
 * address or the status.
 *
 * @throws {Problem} 404, 412, 403 `forbidden` or `user-exceeds-own`, 409 `email-taken` or `last-admin`.
 */
export async function updateUser(maindb: Maindb, change: UserChange, changes: UserChanges): Promise<UserRow> {
  return changeUser(maindb, 'user.updated', change, async (unit, user) => {
    const isForOthers = changes.email !== undefined || changes.status !== undefined
    if (change.scope === 'own' && isForOthers) throw problems.forbidden('users:update')
    await updateUserRow(unit, user.id, changes)
    if (changes.status === 'suspended') await endSessionsOfUser(unit, user.id, 'suspended')
  })
}
