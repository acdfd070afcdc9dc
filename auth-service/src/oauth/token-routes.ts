import { ok, type Reply } from '@likeness/service-kit/http'
import { tokenExchange } from '@likeness/service-kit/identity'
import { urlencoded, type Request, type RequestHandler } from 'express'
import { z } from 'zod'

import type { Context } from '../context.ts'
import { route } from '../route.ts'
import { noStore } from '../tokens/token-answer.ts'
import type { Form } from './client-credentials.ts'
import { grantSchema, grantToken } from './grant-token.ts'
import { OAuthError, oauthErrorSchema } from './oauth-error.ts'

const parseForm = urlencoded({ extended: false, limit: 10_000 })

/** Passes an invalid form to the handler, which returns errors in the format of RFC 6749 §5.2, not as problems. */
const readForm: RequestHandler = (request, response, next) =>
  parseForm(request, response, (error?: unknown) => {
    if (error) request.body = null
    next()
  })

const tokenForm = z.object({
  grant_type: z
    .enum(['client_credentials', tokenExchange.grantType])
    .describe('The kind of exchange: with client credentials (RFC 6749 §4.4), or of a token (RFC 8693).'),
  client_id: z
    .string()
    .optional()
    .describe('Id of an API key. Required for client credentials, unless the request uses HTTP Basic authentication.'),
  client_secret: z
    .string()
    .optional()
    .describe('The API key. Required for client credentials, unless the request uses HTTP Basic authentication.'),
  subject_token: z.string().optional().describe('The API key. Required for token exchange.'),
  subject_token_type: z
    .literal(tokenExchange.apiKeyType)
    .optional()
    .describe('The type of `subject_token`. Required for token exchange.'),
  requested_token_type: z
    .literal(tokenExchange.accessTokenType)
    .optional()
    .describe('The type of the requested token. Default: an access token.'),
  scope: z
    .string()
    .optional()
    .describe('At most 100 permissions, separated by spaces. Default: all permissions of the key.'),
})

export const tokenRoutes = (context: Context) => [
  route({
    operationId: 'createToken',
    method: 'post',
    path: '/oauth/token',
    access: 'no-token',
    summary: 'Exchange an API key for an access token',
    description:
      'Supports two grants:\n\n' +
      '- Client credentials (RFC 6749 §4.4): the client id is the id of an API key, and the client secret is the key.\n' +
      '- Token exchange (RFC 8693): `subject_token` is the key, and `subject_token_type` is ' +
      '`urn:likeness:params:oauth:token-type:api-key`. No client id is needed.\n\n' +
      'With `scope`, the token has only the listed permissions of the key. Errors have the format of RFC 6749 §5.2: 401 ' +
      '[`invalid_client`](/docs/errors#invalid_client), 400 [`invalid_request`](/docs/errors#invalid_request), ' +
      '[`invalid_scope`](/docs/errors#invalid_scope) or ' +
      '[`unsupported_grant_type`](/docs/errors#unsupported_grant_type). After 100 wrong client secrets and other tokens from ' +
      'one network address within 15 minutes, further wrong ones are answered with a problem, 429 `too-many-attempts`.',
    problems: ['too-many-attempts'],
    receive: {
      handler: readForm,
      contentType: 'application/x-www-form-urlencoded',
      form: tokenForm,
    },
    answers: {
      200: grantSchema,
      400: oauthErrorSchema,
      401: oauthErrorSchema,
    },
    async handle({ http }) {
      try {
        return await context.limitedRequests(http.request, () => grant(context, http.request))
      } catch (error) {
        if (error instanceof OAuthError) return error.toReply()
        throw error
      }
    },
  }),
]

/** @throws {OAuthError} */
async function grant(context: Context, request: Request): Promise<Reply<200, z.output<typeof grantSchema>>> {
  return ok(await grantToken(context, request.get('authorization'), formOf(request)), noStore)
}

/** @throws {OAuthError} */
function formOf(request: Request): Form {
  if (request.body === null)
    throw new OAuthError(
      'invalid_request',
      'The body must be a form (application/x-www-form-urlencoded) of at most 10000 bytes.',
    )
  const form = (request.body ?? {}) as Record<string, string | string[]>
  if (Object.values(form).some(Array.isArray))
    throw new OAuthError('invalid_request', 'Each parameter must be sent at most once.')
  return form as Form
}
