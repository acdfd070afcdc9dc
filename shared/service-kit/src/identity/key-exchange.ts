import { z } from 'zod'

import { requestText } from '../client/http-request.ts'
import { problems } from '../process/problem.ts'
import { currentRequest } from '../process/request-context.ts'
import { keyRefusal } from './api-key.ts'
import type { KeyExchange } from './key-tokens.ts'

/** The grant type and the token types of the token exchange (RFC 8693). The type of API keys is specific to Likeness. */
export const tokenExchange = {
  grantType: 'urn:ietf:params:oauth:grant-type:token-exchange',
  apiKeyType: 'urn:likeness:params:oauth:token-type:api-key',
  accessTokenType: 'urn:ietf:params:oauth:token-type:access_token',
} as const

const tokenSchema = z.object({ access_token: z.string(), expires_in: z.number() })
const refusalSchema = z.object({ code: z.string() })

/**
 * Exchanges API keys at auth-service (RFC 8693). The key itself authenticates the request; there are no client
 * credentials.
 *
 * @param serviceToken this service's own token. auth-service does not count requests with a known service token for the
 *   limits of requests: otherwise the wrong keys of one client would use up the limit of this service's address.
 */
export function createKeyExchange(authServiceUrl: string, serviceToken?: () => Promise<string>): KeyExchange {
  const url = new URL('/api/v1/oauth/token', authServiceUrl)
  return async (key) => {
    const bearer = await serviceToken?.().catch(() => undefined)
    const { status, body } = await post(url, key, bearer).catch((error: unknown) => {
      throw problems.unavailable('auth-service', error)
    })
    const token = tokenSchema.safeParse(body)
    if (status === 200 && token.success) return { token: token.data.access_token, expiresIn: token.data.expires_in }
    const refusal = keyRefusal(refusalSchema.safeParse(body).data?.code)
    if (refusal) throw refusal
    throw problems.unavailable('auth-service', new Error(`auth-service returned ${status} to the exchange of a key`))
  }
}

async function post(url: URL, key: string, bearer: string | undefined): Promise<{ status: number; body: unknown }> {
  const context = currentRequest()
  const { status, text } = await requestText(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
      ...(context ? { 'x-request-id': context.requestId, traceparent: context.traceparent } : {}),
    },
    body: new URLSearchParams({
      grant_type: tokenExchange.grantType,
      subject_token: key,
      subject_token_type: tokenExchange.apiKeyType,
    }).toString(),
    signal: AbortSignal.timeout(4_000),
  })
  return { status, body: JSON.parse(text) }
}
