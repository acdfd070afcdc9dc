import type { Request } from 'express'
import { uuidv7 } from 'uuidv7'

import type { Context } from '../context.ts'
import { tokenAnswer, type TokenAnswer } from '../tokens/token-answer.ts'

/** Where a session is used from, as its owner will recognise it in the list. */
export interface Client {
  device: string
  address: string
}

export const clientOf = (request: Request): Client => ({
  device: (request.get('user-agent') ?? 'unknown').replace(/\p{Cc}/gu, ' ').slice(0, 300),
  address: request.ip ?? 'unknown',
})

/**
 * Opens a session for a user who has shown who they are.
 *
 * @param passwordHash what they have shown it by: somebody may change the password meanwhile, to be rid of them
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
