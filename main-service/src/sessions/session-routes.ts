import { noContent, ok, reply, uuid, type Route } from '@likeness/service-kit/http'
import { problems } from '@likeness/service-kit/process'
import { z } from 'zod'

import type { Context } from '../context.ts'
import { route } from '../route.ts'
import { sha256 } from '../sha256.ts'
import { userId } from '../users/user-schema.ts'
import { identitySchema } from './identity.ts'
import { logOut, logOutEverywhere } from './log-out.ts'
import { openSession } from './open-session.ts'
import { rotateSession } from './rotate-session.ts'
import { presentSession, sessionSchema } from './session-presenter.ts'
import { listLiveSessions } from './session-rows.ts'

/** What a client says of itself is cut, never refused. */
const told = z
  .string()
  .transform((value) => value.replaceAll('\0', '').toWellFormed().slice(0, 300))
  .nullable()
  .default(null)
const sessionId = z.object({ id: uuid })

/** What auth-service keeps here, as it keeps nothing itself. */
export const sessionRoutes = ({ maindb, environment }: Context): Route[] => [
  route({
    method: 'post',
    path: '/sessions',
    access: 'service',
    summary: 'Open a session',
    body: z.strictObject({
      id: uuid,
      userId: uuid,
      refreshTokenHash: sha256,
      device: told,
      address: told,
      passwordHash: z.string().max(500).optional().describe('What the password was checked against, where it was.'),
    }),
    answers: { 201: identitySchema },
    problems: ['account-suspended', 'account-unverified', 'invalid-credentials'],
    handle: async ({ body }) => reply(201, await openSession(maindb, body, environment.SESSION_ABSOLUTE_DAYS)),
  }),
  route({
    method: 'post',
    path: '/refresh-tokens/lookup',
    access: 'service',
    summary: 'The session of a refresh token, spent or not',
    body: z.strictObject({ hash: sha256 }),
    answers: { 200: z.object({ sessionId: z.uuid() }) },
    handle: async ({ body }) => {
      const found = await maindb.RefreshToken.findByPk(body.hash)
      if (!found) throw problems.notFound('refresh token')
      return ok({ sessionId: found.sessionId })
    },
  }),
  route({
    method: 'post',
    path: '/sessions/:id/rotate',
    access: 'service',
    summary: 'Spend a refresh token for its successor',
    params: sessionId,
    body: z.strictObject({ spentHash: sha256, successorHash: sha256, address: told }),
    answers: { 200: identitySchema },
    problems: ['session-ended', 'refresh-token-reused'],
    handle: async ({ params, body }) =>
      ok(await rotateSession(maindb, { sessionId: params.id, ...body }, environment.SESSION_IDLE_DAYS)),
  }),
  route({
    method: 'delete',
    path: '/sessions/:id',
    access: 'service',
    summary: 'End a session',
    params: sessionId,
    answers: { 204: null },
    handle: async ({ params }) => {
      await logOut(maindb, params.id)
      return noContent()
    },
  }),
  route({
    method: 'get',
    path: '/users/:id/sessions',
    access: 'service',
    summary: "A user's sessions that can go on",
    params: userId,
    answers: { 200: z.object({ data: z.array(sessionSchema) }) },
    handle: async ({ params }) => {
      const sessions = await listLiveSessions(maindb, params.id, environment.SESSION_IDLE_DAYS)
      return ok({ data: sessions.map(presentSession) })
    },
  }),
  route({
    method: 'delete',
    path: '/users/:id/sessions',
    access: 'service',
    summary: "End a user's sessions, but for one",
    params: userId,
    query: z.object({ except: uuid.optional() }),
    answers: { 204: null },
    handle: async ({ params, query }) => {
      await logOutEverywhere(maindb, params.id, query.except)
      return noContent()
    },
  }),
  route({
    method: 'delete',
    path: '/users/:id/sessions/:sessionId',
    access: 'service',
    summary: "End one of a user's sessions",
    params: userId.extend({ sessionId: uuid }),
    answers: { 204: null },
    handle: async ({ params }) => {
      if (!(await logOut(maindb, params.sessionId, params.id))) throw problems.notFound('session')
      return noContent()
    },
  }),
]
