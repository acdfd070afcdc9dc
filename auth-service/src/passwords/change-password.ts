import type { Context } from '../context.ts'
import { authProblems } from '../problems.ts'

interface PasswordChange {
  userId: string
  /** The session that sent the request. This session continues; every other session ends. */
  sessionId: string
  currentPassword: string
  newPassword: string
}

/** @throws {Problem} 403 `wrong-password`, 429 `too-many-attempts`, 503 `overloaded`. */
export function changePassword(context: Context, change: PasswordChange): Promise<void> {
  const guessKey = `password-change:${change.userId}`
  return context.passwordQueue({
    keys: [guessKey],
    isKnown: true,
    run: () => replacePassword(context, change, guessKey),
  })
}

async function replacePassword(
  { directory, passwords }: Context,
  { userId, sessionId, currentPassword, newPassword }: PasswordChange,
  guessKey: string,
): Promise<void> {
  const guessKeys = [guessKey]
  const credentials = await directory.findCredentialsById(userId, guessKeys)
  const currentHash = credentials?.passwordHash
  if (!(await passwords.matches(currentPassword, currentHash)) || !currentHash) throw authProblems.wrongPassword()
  const passwordHash = await passwords.hash(newPassword)
  await directory.setPassword(userId, { passwordHash, currentHash, exceptSession: sessionId })
  await directory.forgetAttempt({ guessKeys })
}
