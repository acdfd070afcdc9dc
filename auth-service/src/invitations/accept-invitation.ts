import { createHash } from 'node:crypto'

import type { Context } from '../context.ts'
import { authProblems } from '../problems.ts'
import { openSession, type Client } from '../sessions/open-session.ts'
import type { TokenAnswer } from '../tokens/token-answer.ts'

interface Acceptance {
  token: string
  password: string
  name?: string | undefined
}

/** base64url of 256 bits. */
const tokenPattern = /^[\w-]{43}$/

/**
 * Accepts an invitation with a new password, and logs the user in.
 *
 * @throws {Problem} 404 `invitation-invalid`, 429 `too-many-attempts` for a wrong token, 503 `overloaded`.
 */
export async function acceptInvitation(
  context: Context,
  { token, password, name }: Acceptance,
  client: Client,
): Promise<TokenAnswer> {
  const { directory, passwords, passwordQueue, deviceTokens } = context
  if (!tokenPattern.test(token)) throw authProblems.invitationInvalid()
  const tokenHash = createHash('sha256').update(token).digest('hex')
  // Checked first, so that a caller without an invitation cannot make this service hash passwords.
  if (!(await directory.isInvited(tokenHash))) {
    await directory.countWrongToken()
    throw authProblems.invitationInvalid()
  }
  const passwordHash = await passwordQueue({ keys: [], isKnown: true, run: () => passwords.hash(password) })
  const { userId, email } = await directory.acceptInvitation({ tokenHash, passwordHash, name })
  return { ...(await openSession(context, userId, client)), deviceToken: deviceTokens.make(email) }
}
