import type { Context } from '../context.ts'
import { authProblems } from '../problems.ts'

interface PasswordChange {
  userId: string
  /** The session that sent the request. This session continues; every other session ends. */
  sessionId: string
  currentPassword: string
  newPassword: string
}

/** @throws {Problem} 403 `wrong-password`, 429 `too-many-attempts`. */
export async function changePassword(
  { directory, passwords }: Context,
  { userId, sessionId, currentPassword, newPassword }: PasswordChange,
): Promise<void> {
  const guessKeys = [`password-change:${userId}`]
  const credentials = await directory.findCredentialsById(userId, guessKeys)
  const currentHash = credentials?.passwordHash
  if (!(await passwords.matches(currentPassword, currentHash)) || !currentHash) throw authProblems.wrongPassword()
  const passwordHash = await passwords.hash(newPassword)
  await directory.setPassword(userId, { passwordHash, currentHash, exceptSession: sessionId })
  await directory.forgetGuesses(guessKeys)
}
