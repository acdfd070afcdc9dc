import { problems } from '@likeness/service-kit/process'

import { recordChange } from '../audit/record-change.ts'
import { findCredentialsForChange, replacePasswordHash } from '../credentials/credential-rows.ts'
import type { Maindb } from '../maindb.ts'
import { mainProblems } from '../problems.ts'
import { endSessionsOfUser } from './session-rows.ts'

interface NewPassword {
  passwordHash: string
  /** The hash that the current password was checked against. */
  currentHash?: string | undefined
  /** The session that sent the request. It continues, and all other sessions end. */
  exceptSession?: string | undefined
}

/** @throws {Problem} 404 for an unknown user, 403 `wrong-password` if the password was changed after it was checked. */
export function changePassword(
  maindb: Maindb,
  userId: string,
  { passwordHash, currentHash, exceptSession }: NewPassword,
): Promise<void> {
  return maindb.transaction(async (unit) => {
    // Locks the user, so that the second of two concurrent changes fails the check of the current password.
    const current = await findCredentialsForChange(unit, userId)
    if (!current) throw problems.notFound('user')
    if (currentHash !== undefined && current.passwordHash !== currentHash) throw mainProblems.wrongPassword()
    await replacePasswordHash(unit, userId, passwordHash)
    await endSessionsOfUser(unit, userId, 'password-changed', exceptSession)
    const target = { type: 'user', id: userId } as const
    await recordChange(unit, 'user.password-changed', { actor: target, target })
  })
}
