import { apiKeyPattern, hashApiKey, intersect, type KeyToken } from '@likeness/service-kit/identity'
import { problems } from '@likeness/service-kit/process'

import type { Directory } from '../main-service/directory.ts'
import type { TokenSigner } from '../tokens/token-signer.ts'

interface Exchange {
  directory: Pick<Directory, 'findKeyIdentity'>
  signer: TokenSigner
}

interface Wish {
  /** The most that the token should allow, where its client asks for less than the key does. */
  scope?: string[] | undefined
  /** The id that the key must have. */
  keyId?: string | undefined
}

/** What a key was exchanged for, and what that allows. */
export interface ExchangedKey extends KeyToken {
  permissions: string[]
}

/**
 * An access token for an API key: it allows what the key does, of what whoever made the key may do at this moment.
 *
 * @throws {Problem} 401 `key-invalid`, `key-revoked`, `key-expired` or `key-maker-inactive`; 503 without main-service.
 */
export async function exchangeKey(
  { directory, signer }: Exchange,
  key: string,
  { scope = ['*'], keyId }: Wish = {},
): Promise<ExchangedKey> {
  if (!apiKeyPattern.test(key)) throw problems.keyInvalid()
  const identity = await directory.findKeyIdentity(hashApiKey(key))
  if (keyId !== undefined && keyId.toLowerCase() !== identity.keyId) throw problems.keyInvalid()
  const permissions = intersect(intersect(identity.claims.permissions, identity.scope), scope)
  const { accessToken, expiresIn } = signer.signKeyToken(identity, permissions)
  return { token: accessToken, expiresIn, permissions }
}
