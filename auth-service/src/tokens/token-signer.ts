import { randomUUID } from 'node:crypto'

import { audiences, longestLifetimes, type Identity, type KeyIdentity } from '@likeness/internal-api'
import jwt from 'jsonwebtoken'

import type { SigningKey } from '../keys/signing-key.ts'

interface AccessToken {
  accessToken: string
  expiresIn: number
}

export interface TokenSigner {
  /** An access token of a session, and its lifetime in seconds. It expires no later than any role in it. */
  signAccessToken(
    identity: Pick<Identity, 'sessionId' | 'claims' | 'secondsLeft'> & { user: Pick<Identity['user'], 'id'> },
  ): AccessToken
  /** An access token of an API key. It expires no later than the key. */
  signKeyToken(identity: KeyIdentity, permissions: string[]): AccessToken
  signServiceToken(clientId: string): string
  /** Returns tokens of this service. Signs a new token one minute before the current one expires. */
  createServiceTokenSource(clientId: string): () => Promise<string>
}

/** Lifetime of a service token. */
export const SERVICE_TOKEN_SECONDS = longestLifetimes.internal

/** Signs ES256 (RFC 7518) access tokens (RFC 9068) with one key. */
export function createTokenSigner(
  { privateKey, kid }: SigningKey,
  { issuer, accessTokenSeconds }: { issuer: string; accessTokenSeconds: number },
): TokenSigner {
  const sign = (claims: object, subject: string, audience: string, expiresIn: number) =>
    jwt.sign(claims, privateKey, {
      algorithm: 'ES256',
      header: { alg: 'ES256', typ: 'at+jwt', kid },
      issuer,
      subject,
      audience,
      expiresIn,
      jwtid: randomUUID(),
    })
  const signForUser = (userId: string, claims: object, secondsLeft: number | null): AccessToken => {
    const expiresIn = Math.min(accessTokenSeconds, secondsLeft ?? accessTokenSeconds)
    return { accessToken: sign(claims, userId, audiences.api, expiresIn), expiresIn }
  }
  const signServiceToken = (clientId: string) =>
    sign({ client_id: clientId }, clientId, audiences.internal, SERVICE_TOKEN_SECONDS)

  return {
    signAccessToken: ({ sessionId, user, claims, secondsLeft }) =>
      signForUser(user.id, { sid: sessionId, ...claims }, secondsLeft),
    signKeyToken: ({ keyId, userId, claims, secondsLeft }, permissions) =>
      signForUser(userId, { key: keyId, ...claims, permissions }, secondsLeft),
    signServiceToken,
    createServiceTokenSource(clientId) {
      let current: { token: string; renewAt: number } | undefined
      return async () => {
        if (!current || Date.now() >= current.renewAt) {
          current = { token: signServiceToken(clientId), renewAt: Date.now() + (SERVICE_TOKEN_SECONDS - 60) * 1_000 }
        }
        return current.token
      }
    },
  }
}
