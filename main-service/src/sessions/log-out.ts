import { recordChange } from '../audit/record-change.ts'
import type { Maindb } from '../maindb.ts'
import { endSession, endSessionsOfUser } from './session-rows.ts'

/**
 * Ends a session.
 *
 * @param userId the session must belong to this user, if given
 * @returns false if there is no such session or it has already ended
 */
export function logOut(maindb: Maindb, sessionId: string, userId?: string): Promise<boolean> {
  return maindb.transaction(async (unit) => {
    const owner = await endSession(unit, sessionId, 'logout', userId)
    if (owner === undefined) return false
    await recordChange(unit, 'session.ended', {
      actor: { type: 'user', id: owner },
      target: { type: 'session', id: sessionId },
      after: { reason: 'logout' },
    })
    return true
  })
}

/** Ends every session of a user, except the session `except`. */
export function logOutEverywhere(maindb: Maindb, userId: string, except?: string): Promise<void> {
  return maindb.transaction(async (unit) => {
    const ended = await endSessionsOfUser(unit, userId, 'logout', except)
    const target = { type: 'user', id: userId } as const
    const after = { reason: 'logout', sessions: ended }
    if (ended > 0) await recordChange(unit, 'session.ended', { actor: target, target, after })
  })
}
