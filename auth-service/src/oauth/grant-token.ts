import { keyRefusal, looksLikeApiKey, permissionPattern, tokenExchange } from '@likeness/service-kit/identity'
import { Problem } from '@likeness/service-kit/process'
import { z } from 'zod'

import { exchangeKey, type ExchangedKey } from '../api-keys/exchange-key.ts'
import type { Context } from '../context.ts'
import { SERVICE_TOKEN_SECONDS } from '../tokens/token-signer.ts'
import { isKnownClient, readClient, type Form } from './client-credentials.ts'
import { OAuthError } from './oauth-error.ts'

/** The response of a token endpoint (RFC 6749 §5.1). */
export const grantSchema = z
  .object({
    access_token: z
      .string()
      .describe('Access token, valid for `expires_in` seconds. Send it as `Authorization: Bearer …`.'),
    token_type: z.literal('Bearer').describe('The type of the access token.'),
    expires_in: z.int().min(0).describe('Lifetime of the access token in seconds.'),
    scope: z.string().optional().describe('The permissions of the token, separated by spaces.'),
    issued_token_type: z.string().optional().describe('The type of the token. Only for token exchange.'),
  })
  .meta({ id: 'OAuthToken', description: 'The access token (RFC 6749 §5.1).' })

type Grant = z.output<typeof grantSchema>

type GrantContext = Pick<Context, 'serviceClients' | 'signer'> & {
  directory: Pick<Context['directory'], 'findKeyIdentity' | 'countWrongToken'>
}

/** @throws {OAuthError} {Problem} 429 `too-many-attempts` for wrong client secrets, 503 if main-service is unavailable. */
export function grantToken(context: GrantContext, authorization: string | undefined, form: Form): Promise<Grant> {
  switch (form['grant_type']) {
    case 'client_credentials':
      return grantToClient(context, authorization, form)
    case tokenExchange.grantType:
      return grantForKey(context, form)
    case undefined:
      throw new OAuthError('invalid_request', 'grant_type is missing.')
    default:
      throw new OAuthError(
        'unsupported_grant_type',
        `grant_type must be client_credentials or ${tokenExchange.grantType}.`,
      )
  }
}

/**
 * RFC 6749 §4.4. A Likeness service gets a token for `/internal`. A machine client sends the id of its API key as the
 * client id and the key as the secret, and gets a token with the permissions of the key.
 */
async function grantToClient(context: GrantContext, authorization: string | undefined, form: Form): Promise<Grant> {
  const client = readClient(authorization, form)
  if (client && isKnownClient(client, context.serviceClients)) {
    return {
      access_token: context.signer.signServiceToken(client.id),
      token_type: 'Bearer',
      expires_in: SERVICE_TOKEN_SECONDS,
    }
  }
  if (!client) throw unknownClient()
  if (!looksLikeApiKey(client.secret)) {
    await context.directory.countWrongToken()
    throw unknownClient()
  }
  const request = { keyId: client.id, scope: scopeOf(form) }
  const exchanged = await exchangeKey(context, client.secret, request).catch(async (reason: unknown) => {
    // Not for the exchange of a token: services exchange the keys of many clients from one network address.
    if (reason instanceof Problem && reason.code === 'key-invalid') await context.directory.countWrongToken()
    return rejectKey('invalid_client')(reason)
  })
  return grantOf(exchanged, request.scope)
}

const unknownClient = () => new OAuthError('invalid_client', 'The client is unknown, or its secret is wrong.')

/** RFC 8693: exchanges a key for a token. A rejected key is an `invalid_request` (§2.2.2). */
async function grantForKey(context: GrantContext, form: Form): Promise<Grant> {
  const key = form['subject_token']
  if (key === undefined) throw new OAuthError('invalid_request', 'subject_token is missing.')
  if (form['subject_token_type'] !== tokenExchange.apiKeyType) {
    throw new OAuthError('invalid_request', `subject_token_type must be ${tokenExchange.apiKeyType}.`)
  }
  const { accessTokenType } = tokenExchange
  if ((form['requested_token_type'] ?? accessTokenType) !== accessTokenType) {
    throw new OAuthError('invalid_request', `requested_token_type must be ${accessTokenType}.`)
  }
  if (form['actor_token'] !== undefined) throw new OAuthError('invalid_request', 'actor_token is not supported.')
  const scope = scopeOf(form)
  const exchanged = await exchangeKey(context, key, { scope }).catch(rejectKey('invalid_request'))
  return { ...grantOf(exchanged, scope), issued_token_type: accessTokenType }
}

const MAX_PERMISSIONS = 100

/** The permissions that the client requests; undefined: all permissions of the key. */
function scopeOf({ scope }: Form): string[] | undefined {
  if (scope === undefined || scope === '') return undefined
  const permissions = scope.split(' ')
  if (permissions.length > MAX_PERMISSIONS || !permissions.every((permission) => permissionPattern.test(permission))) {
    throw new OAuthError(
      'invalid_scope',
      `scope must contain at most ${MAX_PERMISSIONS} permissions, separated by spaces.`,
    )
  }
  return permissions
}

function grantOf({ token, expiresIn, permissions }: ExchangedKey, requested: string[] | undefined): Grant {
  if (requested && permissions.length === 0)
    throw new OAuthError('invalid_scope', 'The API key has none of the permissions in scope.')
  const scope = permissions.join(' ')
  return { access_token: token, token_type: 'Bearer', expires_in: expiresIn, ...(scope ? { scope } : {}) }
}

const rejectKey = (error: 'invalid_client' | 'invalid_request') => (reason: unknown) => {
  if (reason instanceof Problem && keyRefusal(reason.code)) throw new OAuthError(error, reason.message, reason.code)
  throw reason
}
