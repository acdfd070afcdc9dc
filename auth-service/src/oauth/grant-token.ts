import { keyRefusal, looksLikeApiKey, permissionPattern, tokenExchange } from '@likeness/service-kit/identity'
import { Problem } from '@likeness/service-kit/process'
import { z } from 'zod'

import { exchangeKey, type ExchangedKey } from '../api-keys/exchange-key.ts'
import type { Context } from '../context.ts'
import { SERVICE_TOKEN_SECONDS } from '../tokens/token-signer.ts'
import { isKnownClient, readClient, type Form } from './client-credentials.ts'
import { OAuthError } from './oauth-error.ts'

/** A token as RFC 6749 (5.1) answers one. */
export const grantSchema = z.object({
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.int(),
  scope: z.string().optional().describe('The permissions of the token, separated by spaces.'),
  issued_token_type: z.string().optional(),
})

type Grant = z.output<typeof grantSchema>

/** What a grant needs of the context. */
type Granting = Pick<Context, 'serviceClients' | 'signer'> & Parameters<typeof exchangeKey>[0]

/** @throws {OAuthError} {Problem} 503 without main-service. */
export function grantToken(context: Granting, authorization: string | undefined, form: Form): Promise<Grant> {
  switch (form['grant_type']) {
    case 'client_credentials':
      return grantToClient(context, authorization, form)
    case tokenExchange.grantType:
      return grantForKey(context, form)
    case undefined:
      throw new OAuthError('invalid_request', 'grant_type is missing.')
    default:
      throw new OAuthError('unsupported_grant_type', 'client_credentials and the exchange of an API key are offered.')
  }
}

/**
 * RFC 6749, 4.4: one of our services gets what opens `/internal`; a machine client, which shows its key as the secret
 * and the key's id as its own, what the key allows.
 */
async function grantToClient(context: Granting, authorization: string | undefined, form: Form): Promise<Grant> {
  const client = readClient(authorization, form)
  if (client && isKnownClient(client, context.serviceClients)) {
    return {
      access_token: context.signer.signServiceToken(client.id),
      token_type: 'Bearer',
      expires_in: SERVICE_TOKEN_SECONDS,
    }
  }
  if (!client || !looksLikeApiKey(client.secret)) {
    throw new OAuthError('invalid_client', 'The client is unknown, or its secret wrong.')
  }
  const wish = { keyId: client.id, scope: scopeOf(form) }
  return grantOf(await exchangeKey(context, client.secret, wish).catch(refuseKey('invalid_client')), wish.scope)
}

/** RFC 8693: the key is exchanged for what it allows; what is wrong with it is an `invalid_request` there (2.2.2). */
async function grantForKey(context: Granting, form: Form): Promise<Grant> {
  const key = form['subject_token']
  if (key === undefined) throw new OAuthError('invalid_request', 'subject_token is missing.')
  if (form['subject_token_type'] !== tokenExchange.apiKeyType) {
    throw new OAuthError('invalid_request', `subject_token_type must be ${tokenExchange.apiKeyType}.`)
  }
  const { accessTokenType } = tokenExchange
  if ((form['requested_token_type'] ?? accessTokenType) !== accessTokenType) {
    throw new OAuthError('invalid_request', `A key is exchanged for a ${accessTokenType} only.`)
  }
  if (form['actor_token'] !== undefined) throw new OAuthError('invalid_request', 'Nobody acts for a key.')
  const scope = scopeOf(form)
  const exchanged = await exchangeKey(context, key, { scope }).catch(refuseKey('invalid_request'))
  return { ...grantOf(exchanged, scope), issued_token_type: accessTokenType }
}

const MOST_PERMISSIONS = 100

/** What a client asks for at the most: permissions, separated by spaces. */
function scopeOf({ scope }: Form): string[] | undefined {
  if (scope === undefined || scope === '') return undefined
  const permissions = scope.split(' ')
  if (permissions.length > MOST_PERMISSIONS || !permissions.every((permission) => permissionPattern.test(permission))) {
    throw new OAuthError('invalid_scope', `scope names up to ${MOST_PERMISSIONS} permissions, separated by spaces.`)
  }
  return permissions
}

function grantOf({ token, expiresIn, permissions }: ExchangedKey, asked: string[] | undefined): Grant {
  if (asked && permissions.length === 0) throw new OAuthError('invalid_scope', 'The key allows nothing of this scope.')
  const scope = permissions.join(' ')
  return { access_token: token, token_type: 'Bearer', expires_in: expiresIn, ...(scope ? { scope } : {}) }
}

const refuseKey = (error: 'invalid_client' | 'invalid_request') => (reason: unknown) => {
  if (reason instanceof Problem && keyRefusal(reason.code)) throw new OAuthError(error, reason.message, reason.code)
  throw reason
}
