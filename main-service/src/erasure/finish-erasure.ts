import { recordChange } from '../audit/record-change.ts'
import type { Maindb } from '../maindb.ts'
import { deleteErasingUser, eraseRemainingData } from './erasure-rows.ts'

/**
 * Erases a user whose media are already erased: the user's row, and all other data about the user. The audit trail
 * records the erasure. A second call does nothing.
 */
export function finishErasure(maindb: Maindb, userId: string): Promise<void> {
  return maindb.transaction(async (unit) => {
    const emailKey = await deleteErasingUser(unit, userId)
    if (emailKey === undefined) return
    await eraseRemainingData(unit, userId, emailKey)
    await recordChange(unit, 'user.erased', { target: { type: 'user', id: userId } })
  })
}
