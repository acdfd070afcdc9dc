import { route } from '@likeness/service-kit'
import { urlencoded, type Request, type RequestHandler } from 'express'
import { z } from 'zod'

import type { Context } from '../context.ts'
import { SERVICE_TOKEN_SECONDS } from '../tokens/token-signer.ts'
import { readClient, type Form } from './client-credentials.ts'

const errorAnswer = (status: number, error: string, description: string) => ({
  status,
  body: { error, error_description: description },
  headers: {
    'Cache-Control': 'no-store',
    ...(status === 401 ? { 'WWW-Authenticate': 'Basic realm="likeness"' } : {}),
  },
})

const parseForm = urlencoded({ extended: false, limit: 10_000 })

/** What cannot be read is answered by the handler, as every error here: not as a problem, but as RFC 6749 (5.2) says. */
const readForm: RequestHandler = (request, response, next) =>
  parseForm(request, response, (error?: unknown) => {
    if (error) request.body = null
    next()
  })

export const tokenRoutes = ({ signer, serviceClients }: Context) => [
  route({
    method: 'post',
    path: '/oauth/token',
    access: 'no-token',
    summary: 'A token by client credentials (RFC 6749, section 4.4)',
    description: 'Errors are answered as RFC 6749 says: `{error, error_description}`.',
    receive: {
      handler: readForm,
      contentType: 'application/x-www-form-urlencoded',
    },
    answers: {
      200: z.object({ access_token: z.string(), token_type: z.literal('Bearer'), expires_in: z.int() }),
    },
    async handle({ http }) {
      const form = formOf(http.request)
      if (!form) return errorAnswer(400, 'invalid_request', 'The body is not a form that can be read.')
      if (Object.values(form).some(Array.isArray))
        return errorAnswer(400, 'invalid_request', 'A parameter is repeated.')
      if (form['grant_type'] === undefined) return errorAnswer(400, 'invalid_request', 'grant_type is missing.')
      if (form['grant_type'] !== 'client_credentials') {
        return errorAnswer(400, 'unsupported_grant_type', 'Only client_credentials is offered.')
      }
      const clientId = readClient(http.request.get('authorization'), form, serviceClients)
      if (clientId === undefined)
        return errorAnswer(401, 'invalid_client', 'The client is unknown, or its secret wrong.')
      return {
        status: 200,
        body: {
          access_token: signer.signServiceToken(clientId),
          token_type: 'Bearer',
          expires_in: SERVICE_TOKEN_SECONDS,
        },
        headers: { 'Cache-Control': 'no-store' },
      }
    },
  }),
]

const formOf = (request: Request) => (request.body === null ? undefined : ((request.body ?? {}) as Form))
