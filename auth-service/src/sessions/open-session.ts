import type { Request } from 'express'
import { uuidv7 } from 'uuidv7'

import type { Context } from '../context.ts'
import { tokenAnswer, type TokenAnswer } from '../tokens/token-answer.ts'

/** The device and address of a session, for the list of sessions. */
export interface Client {
  device: string
  address: string
}

export const clientOf = (request: Request): Client => ({
  device: (request.get('user-agent') ?? 'unknown').replace(/\p{Cc}/gu, ' ').slice(0, 300),
  address: request.ip ?? 'unknown',
})

/**
 * Opens a session for an authenticated user.
 *
 * @param passwordHash the hash that the password was checked against, if a password was checked. If the password was
 *   changed in the meantime, main-service rejects the session.
 * @throws {Problem} 403 `account-suspended` or `account-unverified`, 401 `invalid-credentials`.
 */
export async function openSession(
  context: Context,
  userId: string,
  client: Client,
  passwordHash?: string,
): Promise<TokenAnswer> {
  const { directory, refreshTokens } = context
  const refreshToken = refreshTokens.first()
  const identity = await directory.openSession({
    id: uuidv7(),
    userId,
    refreshTokenHash: refreshTokens.hash(refreshToken),
    ...client,
    passwordHash,
  })
  return tokenAnswer(context, identity, refreshToken)
}
