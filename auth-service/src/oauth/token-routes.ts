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

/** Leaves an invalid form to the handler, which answers errors in the format of RFC 6749 §5.2, not as problems. */
const readForm: RequestHandler = (request, response, next) =>
  parseForm(request, response, (error?: unknown) => {
    if (error) request.body = null
    next()
  })

const tokenForm = z.object({
  grant_type: z.enum(['client_credentials', tokenExchange.grantType]),
  client_id: z.string().optional().describe('Required unless HTTP Basic is used.'),
  client_secret: z.string().optional(),
  subject_token: z.string().optional().describe('The API key to exchange.'),
  subject_token_type: z.literal(tokenExchange.apiKeyType).optional(),
  requested_token_type: z.literal(tokenExchange.accessTokenType).optional(),
  scope: z.string().optional().describe('Permissions, separated by spaces.'),
})

export const tokenRoutes = (context: Context) => [
  route({
    method: 'post',
    path: '/oauth/token',
    access: 'no-token',
    summary: 'Issue a token for client credentials or for an API key',
    description:
      'Client credentials (RFC 6749 §4.4): the client id is the id of an API key, and the secret is the key. Token ' +
      'exchange (RFC 8693): `subject_token` is the key, `subject_token_type` is ' +
      '`urn:likeness:params:oauth:token-type:api-key`, and no client is needed. `scope` limits the token to some ' +
      'permissions of the key. Errors have the format of RFC 6749, `{error, error_description}`, and our own `code` when ' +
      'a key is refused.',
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
        return await grant(context, http.request)
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
  if (request.body === null) throw new OAuthError('invalid_request', 'The body is not a valid form.')
  const form = (request.body ?? {}) as Record<string, string | string[]>
  if (Object.values(form).some(Array.isArray)) throw new OAuthError('invalid_request', 'A parameter is repeated.')
  return form as Form
}
