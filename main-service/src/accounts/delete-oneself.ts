import { problems } from '@likeness/service-kit/process'

import type { Context } from '../context.ts'
import { findCredentials } from '../credentials/credential-rows.ts'
import { countAttempt, forgetGuesses } from '../credentials/guess-rows.ts'
import { passwordMatches } from '../credentials/password-checks.ts'
import { mainProblems } from '../problems.ts'
import type { UserChange } from './change-user.ts'
import { deleteUser } from './delete-user.ts'

/**
 * The caller deletes their own account. A token alone does not do: whoever found it must also know the password, and
 * cannot guess at it for ever.
 *
 * @throws {Problem} 403 `wrong-password`, 429 `too-many-attempts`, 409 `last-admin`, 412, 503 without auth-service.
 */
export async function deleteOneself(
  { maindb, authService }: Context,
  change: UserChange,
  password: string,
): Promise<void> {
  const guessKeys = [`delete-account:${change.userId}`]
  await countAttempt(maindb, guessKeys)
  const credentials = await findCredentials(maindb, change.userId)
  if (!credentials) throw problems.notFound('user')
  if (!(await passwordMatches(authService, password, credentials.passwordHash))) throw mainProblems.wrongPassword()
  await forgetGuesses(maindb, guessKeys)
  await deleteUser(maindb, change)
}
