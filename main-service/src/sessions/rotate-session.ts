import type { Identity } from '@likeness/internal-api'
import { problems } from '@likeness/service-kit/process'

import { recordChange } from '../audit/record-change.ts'
import type { Maindb, MaindbUnit } from '../maindb.ts'
import { mainProblems } from '../problems.ts'
import { readIdentity } from './read-identity.ts'
import { readTokenState, replaceToken } from './refresh-token-rows.ts'
import { endSession, holdSession, touchSession } from './session-rows.ts'

export interface Rotation {
  sessionId: string
  /** SHA-256 of the token to spend, hexadecimal. */
  spentHash: string
  /** SHA-256 of the token that replaces it, hexadecimal. */
  successorHash: string
  address: string | null
}

/**
 * Spends a refresh token for its successor. A spent token that is used again means that two clients have it, the owner
 * and a thief, so the session ends. Exception: for 10 s, the direct parent of the unspent token gets the same answer.
 *
 * @throws {Problem} 401 `session-ended` or `refresh-token-reused`.
 */
export async function rotateSession(maindb: Maindb, rotation: Rotation, idleDays: number): Promise<Identity> {
  // Returned, not thrown: an error would roll back the end of the session.
  const outcome = await maindb.transaction((unit) => rotate(unit, rotation, idleDays))
  if (outcome === 'session-ended') throw problems.sessionEnded()
  if (outcome === 'refresh-token-reused') throw mainProblems.refreshTokenReused()
  return outcome
}

async function rotate(unit: MaindbUnit, { sessionId, spentHash, successorHash, address }: Rotation, idleDays: number) {
  const session = await holdSession(unit, sessionId, idleDays)
  if (!session) return 'session-ended'
  if (!session.isLive) {
    await endSession(unit, sessionId, 'expired')
    return 'session-ended'
  }
  switch (await readTokenState(unit, sessionId, spentHash, successorHash)) {
    case 'unknown':
      return 'session-ended'
    case 'spent':
      await endSession(unit, sessionId, 'refresh-token-reused')
      await recordChange(unit, 'session.ended', {
        actor: { type: 'user', id: session.userId },
        target: { type: 'session', id: sessionId },
        after: { reason: 'refresh-token-reused' },
      })
      return 'refresh-token-reused'
    case 'unspent':
      await replaceToken(unit, sessionId, spentHash, successorHash)
      await touchSession(unit, sessionId, address)
      break
    case 'just-spent':
  }
  return readIdentity(unit, sessionId, session.userId)
}
