import type { Identity } from '@likeness/internal-api'
import { problems } from '@likeness/service-kit/process'

import { recordChange } from '../audit/record-change.ts'
import type { Environment } from '../env.ts'
import type { Maindb, MaindbUnit } from '../maindb.ts'
import { mainProblems } from '../problems.ts'
import { readIdentity } from './read-identity.ts'
import { readTokenState, replaceToken } from './refresh-token-rows.ts'
import { endSession, lockSession, markSessionUsed } from './session-rows.ts'

export interface Rotation {
  sessionId: string
  /** SHA-256 of the token that is exchanged, hexadecimal. */
  spentHash: string
  /** SHA-256 of its successor, hexadecimal. */
  successorHash: string
  address: string | null
}

type Settings = Pick<Environment, 'SESSION_IDLE_DAYS' | 'PUBLIC_URL'>

/**
 * Exchanges a refresh token for its successor. If a token is used a second time, two clients have it: the user and a
 * thief. Then the session ends. Exception: for 10 s, a token whose successor is unused returns the same successor
 * again.
 *
 * @throws {Problem} 401 `session-ended` or `refresh-token-reused`.
 */
export async function rotateSession(maindb: Maindb, rotation: Rotation, settings: Settings): Promise<Identity> {
  // Returned and not thrown, because an error would roll back the end of the session.
  const outcome = await maindb.transaction((unit) => rotate(unit, rotation, settings))
  if (outcome === 'session-ended') throw problems.sessionEnded()
  if (outcome === 'refresh-token-reused') throw mainProblems.refreshTokenReused()
  return outcome
}

async function rotate(unit: MaindbUnit, rotation: Rotation, { SESSION_IDLE_DAYS, PUBLIC_URL }: Settings) {
  const { sessionId, spentHash, successorHash, address } = rotation
  const session = await lockSession(unit, sessionId, SESSION_IDLE_DAYS)
  if (!session) return 'session-ended'
  if (!session.isLive) {
    await endSession(unit, sessionId, 'expired')
    return 'session-ended'
  }
  switch (await readTokenState(unit, sessionId, spentHash, successorHash)) {
    case 'unknown':
      return 'session-ended'
    case 'used':
      await endSession(unit, sessionId, 'refresh-token-reused')
      await recordChange(unit, 'session.ended', {
        actor: { type: 'user', id: session.userId },
        target: { type: 'session', id: sessionId },
        after: { reason: 'refresh-token-reused' },
      })
      return 'refresh-token-reused'
    case 'unused':
      await replaceToken(unit, sessionId, spentHash, successorHash)
      await markSessionUsed(unit, sessionId, address)
      break
    case 'just-used':
  }
  return readIdentity(unit, sessionId, session.userId, PUBLIC_URL)
}
