import type { Context } from '../context.ts'
import { authProblems } from '../problems.ts'
import { tokenAnswer, type TokenAnswer } from '../tokens/token-answer.ts'
import { refreshTokenPattern } from './refresh-token.ts'

/**
 * Exchanges a refresh token for a new pair of tokens.
 *
 * @throws {Problem} 401 `refresh-token-invalid`, `refresh-token-reused` (this ends the session) or `session-ended`; 429
 *   `too-many-attempts` for an unknown token.
 */
export async function refreshSession(context: Context, spent: string, address: string): Promise<TokenAnswer> {
  const { directory, refreshTokens } = context
  if (!refreshTokenPattern.test(spent)) throw authProblems.refreshTokenInvalid()
  const spentHash = refreshTokens.hash(spent)
  const session = await directory.findSessionOf(spentHash)
  if (!session) {
    await directory.countWrongToken()
    throw authProblems.refreshTokenInvalid()
  }

  const successor = refreshTokens.successor(spent, session.sessionId)
  const successorHash = refreshTokens.hash(successor)
  const identity = await directory.rotate(session.sessionId, { spentHash, successorHash, address })
  return tokenAnswer(context, identity, successor)
}
