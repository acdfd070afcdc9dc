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

/** Whoever was invited chooses a password, and is logged in. @throws {Problem} 404 `invitation-invalid`. */
export async function acceptInvitation(
  context: Context,
  { token, password, name }: Acceptance,
  client: Client,
): Promise<TokenAnswer> {
  const { directory, passwords, deviceTokens } = context
  if (!tokenPattern.test(token)) throw authProblems.invitationInvalid()
  const tokenHash = createHash('sha256').update(token).digest('hex')
  // Asked first: hashing a password costs, and nobody without an invitation may spend that.
  await directory.assertInvited(tokenHash)
  const passwordHash = await passwords.hash(password)
  const { userId, email } = await directory.acceptInvitation({ tokenHash, passwordHash, name })
  return { ...(await openSession(context, userId, client)), deviceToken: deviceTokens.make(email) }
}
