import { problems } from '@likeness/service-kit/process'

import type { Context } from '../context.ts'
import { passwordCounters } from '../credentials/attempt-counters.ts'
import { findCredentials } from '../credentials/credential-rows.ts'
import { countAttempt, forgetGuesses } from '../credentials/guess-rows.ts'
import { passwordMatches } from '../credentials/password-checks.ts'
import { mainProblems } from '../problems.ts'
import type { UserChange } from './change-user.ts'
import { deleteUser } from './delete-user.ts'

/**
 * Deletes the caller's own account. Requires the password, so that a stolen token is not sufficient. The number of
 * attempts is limited.
 *
 * @throws {Problem} 403 `wrong-password`, 429 `too-many-attempts`, 409 `last-admin`, 412, 503 if auth-service is
 *   unavailable.
 */
export async function deleteOwnAccount(
  { maindb, authService }: Context,
  change: UserChange,
  password: string,
): Promise<void> {
  const guessKeys = [`delete-account:${change.userId}`]
  await countAttempt(maindb, passwordCounters(guessKeys))
  const credentials = await findCredentials(maindb, change.userId)
  if (!credentials) throw problems.notFound('user')
  if (!(await passwordMatches(authService, password, credentials.passwordHash))) throw mainProblems.wrongPassword()
  await forgetGuesses(maindb, guessKeys)
  await deleteUser(maindb, change)
}
