import { apiKeyPattern, hashApiKey, intersect, type KeyToken } from '@likeness/service-kit/identity'
import { problems } from '@likeness/service-kit/process'

import type { Directory } from '../main-service/directory.ts'
import type { TokenSigner } from '../tokens/token-signer.ts'

interface Exchange {
  directory: Pick<Directory, 'findKeyIdentity'>
  signer: TokenSigner
}

interface Request {
  /** A further limit of the token's permissions, in addition to the permissions of the key. */
  scope?: string[] | undefined
  /** The id that the key must have. */
  keyId?: string | undefined
}

/** The token for a key, and its permissions. */
export interface ExchangedKey extends KeyToken {
  permissions: string[]
}

/**
 * Issues an access token for an API key. The token has the permissions of the key, limited to what the creator of the key
 * currently has.
 *
 * @throws {Problem} 401 `key-invalid`, `key-revoked`, `key-expired` or `key-maker-inactive`; 503 if main-service is
 *   unavailable.
 */
export async function exchangeKey(
  { directory, signer }: Exchange,
  key: string,
  { scope = ['*'], keyId }: Request = {},
): Promise<ExchangedKey> {
  if (!apiKeyPattern.test(key)) throw problems.keyInvalid()
  const identity = await directory.findKeyIdentity(hashApiKey(key))
  if (keyId !== undefined && keyId.toLowerCase() !== identity.keyId) throw problems.keyInvalid()
  const permissions = intersect(intersect(identity.claims.permissions, identity.scope), scope)
  const { accessToken, expiresIn } = signer.signKeyToken(identity, permissions)
  return { token: accessToken, expiresIn, permissions }
}
