import { sessionSchema, text, userClaimsSchema, uuid } from '@likeness/internal-api'
import { noContent, ok, pageOf } from '@likeness/service-kit/http'
import { z } from 'zod'

import type { Context } from '../context.ts'
import { route } from '../route.ts'
import { noStore, tokenAnswerSchema } from '../tokens/token-answer.ts'
import { clientOf } from './open-session.ts'
import { refreshSession } from './refresh-session.ts'
import { sessionOf } from './session-of.ts'

const ownSessionSchema = sessionSchema
  .extend({ current: z.boolean().describe('Whether the access token of the request belongs to this session.') })
  .meta({ id: 'Session', description: 'A login on one device.' })

export const sessionRoutes = (context: Context) => [
  route({
    operationId: 'refreshTokens',
    method: 'post',
    path: '/auth/refresh',
    access: 'no-token',
    summary: 'Refresh the tokens',
    description:
      'Exchanges a refresh token for a new access token and a new refresh token. A refresh token works once. Sending it ' +
      'again within 10 seconds returns the same new refresh token; sending it later ends the session.',
    body: z.strictObject({ refreshToken: text(200).describe('The newest refresh token of the session.') }),
    answers: { 200: tokenAnswerSchema },
    problems: ['refresh-token-invalid', 'refresh-token-reused', 'session-ended', 'too-many-attempts'],
    handle: ({ body, http: { request } }) =>
      context.limitedRequests(request, async () =>
        ok(await refreshSession(context, body.refreshToken, clientOf(request).address), noStore),
      ),
  }),
  route({
    operationId: 'logout',
    method: 'post',
    path: '/auth/logout',
    access: 'signed-in',
    summary: 'Log out',
    description:
      'Ends the session of the access token. Every service rejects the tokens of the session within 5 seconds.',
    answers: { 204: null },
    problems: ['session-required'],
    async handle({ caller }) {
      await context.directory.endSession(sessionOf(caller))
      return noContent()
    },
  }),
  route({
    operationId: 'logoutAll',
    method: 'post',
    path: '/auth/logout-all',
    access: 'signed-in',
    summary: 'Log out on all devices',
    description: 'Ends every session of the caller, including the current one.',
    answers: { 204: null },
    problems: ['session-required'],
    async handle({ caller }) {
      sessionOf(caller)
      await context.directory.endSessionsOf(caller.id)
      return noContent()
    },
  }),
  route({
    operationId: 'listSessions',
    method: 'get',
    path: '/auth/sessions',
    access: 'signed-in',
    summary: "List the caller's sessions",
    description: 'Returns all active sessions on one page.',
    answers: { 200: pageOf(ownSessionSchema) },
    problems: ['session-required'],
    async handle({ caller }) {
      const current = sessionOf(caller)
      const sessions = await context.directory.listSessions(caller.id)
      return ok({
        data: sessions.map((session) => ({ ...session, current: session.id === current })),
        page: { limit: sessions.length, next: null },
      })
    },
  }),
  route({
    operationId: 'endSession',
    method: 'delete',
    path: '/auth/sessions/:id',
    access: 'signed-in',
    summary: "End one of the caller's sessions",
    description: 'Logs out one device.',
    params: z.strictObject({ id: uuid.describe('Id of the session.') }),
    answers: { 204: null },
    problems: ['session-required'],
    async handle({ params, caller }) {
      sessionOf(caller)
      await context.directory.endSessionOf(caller.id, params.id)
      return noContent()
    },
  }),
  route({
    operationId: 'getTokenClaims',
    method: 'get',
    path: '/auth/me',
    access: 'signed-in',
    summary: "Get the access token's claims",
    description:
      'If the request has an API key, the service exchanges the key for an access token, and returns the claims of that token.',
    answers: { 200: userClaimsSchema },
    handle: async ({ caller }) => ok(caller.claims),
  }),
]
