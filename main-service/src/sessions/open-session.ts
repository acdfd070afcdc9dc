import type { Identity } from '@likeness/internal-api'
import { problems } from '@likeness/service-kit/process'

import { recordChange } from '../audit/record-change.ts'
import { findCredentials } from '../credentials/credential-rows.ts'
import type { Environment } from '../env.ts'
import type { Maindb } from '../maindb.ts'
import { mainProblems } from '../problems.ts'
import { findUserForChange } from '../users/user-rows.ts'
import { readIdentity } from './read-identity.ts'
import { insertSession, type NewSession } from './session-rows.ts'

interface Opening extends NewSession {
  /** The hash that the password was checked against. */
  passwordHash?: string | undefined
}

/**
 * @throws {Problem} 404 for an unknown user, 403 `account-unverified` or `account-suspended` for a user who is not
 *   active, 401 `invalid-credentials` if the password was changed after it was checked.
 */
export function openSession(
  maindb: Maindb,
  { passwordHash, ...session }: Opening,
  { SESSION_ABSOLUTE_DAYS, PUBLIC_URL }: Pick<Environment, 'SESSION_ABSOLUTE_DAYS' | 'PUBLIC_URL'>,
): Promise<Identity> {
  return maindb.transaction(async (unit) => {
    // Locks the user, so that a concurrent suspension or password change ends this session too.
    const user = await findUserForChange(unit, session.userId)
    if (!user) throw problems.notFound('user')
    const current = passwordHash === undefined ? undefined : await findCredentials(unit, user.id)
    if (current && current.passwordHash !== passwordHash) throw mainProblems.invalidCredentials()
    if (user.status === 'unverified') throw mainProblems.accountUnverified()
    if (user.status !== 'active') throw mainProblems.accountSuspended()
    await insertSession(unit, session, SESSION_ABSOLUTE_DAYS)
    await recordChange(unit, 'session.opened', {
      actor: { type: 'user', id: user.id },
      target: { type: 'session', id: session.id },
      after: { device: session.device },
    })
    return readIdentity(unit, session.id, session.userId, PUBLIC_URL)
  })
}
