import { problems } from '@likeness/service-kit'

import { recordChange } from '../audit/record-change.ts'
import type { Maindb } from '../maindb.ts'
import { endSessionsOfUser } from '../sessions/session-rows.ts'
import { replacePasswordHash } from './credential-rows.ts'

interface NewPassword {
  passwordHash: string
  /** The session that changes it goes on; every other one ends. */
  exceptSession?: string | undefined
}

/** @throws {Problem} 404 for an unknown user. */
export function changePassword(
  maindb: Maindb,
  userId: string,
  { passwordHash, exceptSession }: NewPassword,
): Promise<void> {
  return maindb.transaction(async (sql) => {
    if (!(await replacePasswordHash(sql, userId, passwordHash))) throw problems.notFound('user')
    await endSessionsOfUser(sql, userId, 'password-changed', exceptSession)
    const target = { type: 'user', id: userId } as const
    await recordChange(sql, 'user.password-changed', { actor: target, target })
  })
}
