import { sessionEndpoints } from '@likeness/internal-api'
import { internalRoute, type Route } from '@likeness/service-kit/http'
import { problems } from '@likeness/service-kit/process'

import type { Context } from '../context.ts'
import { logOut, logOutEverywhere } from './log-out.ts'
import { openSession } from './open-session.ts'
import { rotateSession } from './rotate-session.ts'
import { presentSession } from './session-presenter.ts'
import { listLiveSessions } from './session-rows.ts'

/** Routes about sessions, for auth-service, which has no database. */
export const sessionRoutes = ({ maindb, environment }: Context): Route[] => [
  internalRoute(sessionEndpoints.open, {
    summary: 'Open a session',
    handle: ({ body }) => openSession(maindb, body, environment),
  }),
  internalRoute(sessionEndpoints.findByRefreshToken, {
    summary: 'Find the session of a refresh token, used or not',
    handle: async ({ body }) => {
      const found = await maindb.RefreshToken.findByPk(body.hash)
      if (!found) throw problems.notFound('refresh token')
      return { sessionId: found.sessionId }
    },
  }),
  internalRoute(sessionEndpoints.rotate, {
    summary: 'Exchange a refresh token for its successor',
    handle: ({ params, body }) => rotateSession(maindb, { sessionId: params.id, ...body }, environment),
  }),
  internalRoute(sessionEndpoints.end, {
    summary: 'End a session',
    handle: async ({ params }) => void (await logOut(maindb, params.id)),
  }),
  internalRoute(sessionEndpoints.listOfUser, {
    summary: "List a user's active sessions",
    handle: async ({ params }) => {
      const sessions = await listLiveSessions(maindb, params.id, environment.SESSION_IDLE_DAYS)
      return { data: sessions.map(presentSession) }
    },
  }),
  internalRoute(sessionEndpoints.endAllOfUser, {
    summary: "End a user's sessions, except one",
    handle: async ({ params, query }) => void (await logOutEverywhere(maindb, params.id, query.except)),
  }),
  internalRoute(sessionEndpoints.endOneOfUser, {
    summary: "End one of a user's sessions",
    handle: async ({ params }) => {
      if (!(await logOut(maindb, params.sessionId, params.id))) throw problems.notFound('session')
    },
  }),
]
