import { createHash, createHmac, randomBytes } from 'node:crypto'

export interface RefreshTokens {
  /** The first token of a session: 256 random bits. */
  first(): string
  /** The successor of a used token. It is computed, so that the service can return it again without storing it. */
  successor(spent: string, sessionId: string): string
  /** The form in which main-service stores a token. */
  hash(token: string): string
}

/** base64url of 256 bits. */
export const refreshTokenPattern = /^[\w-]{43}$/

export function createRefreshTokens(key: string): RefreshTokens {
  return {
    first: () => randomBytes(32).toString('base64url'),
    successor: (spent, sessionId) => createHmac('sha256', key).update(spent).update(sessionId).digest('base64url'),
    hash: (token) => createHash('sha256').update(token).digest('hex'),
  }
}
