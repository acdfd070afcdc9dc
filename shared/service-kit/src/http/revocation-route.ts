import { revocationEndpoints, type RevocationPage } from '@likeness/internal-api'

import { connectionClosed } from './connection-closed.ts'
import { internalRoute } from './internal-route.ts'
import type { Route } from './route.ts'

/**
 * The route of the revocation feed, in main-service and auth-service.
 *
 * @param read its signal aborts when the reader closes the connection
 */
export function revocationRoute(
  read: (after: string | undefined, waitSeconds: number, signal: AbortSignal) => Promise<RevocationPage>,
): Route {
  return internalRoute(revocationEndpoints.follow, {
    summary: 'List the revocations since a cursor, or a snapshot without a cursor',
    handle: ({ query, http }) => {
      const closed = connectionClosed(http.response)
      return read(query.after, query.wait, closed).catch((error: unknown) => {
        // The reader closed the connection, so it gets no response. This is not an error.
        if (closed.aborted) return { entries: [], cursor: query.after ?? '' }
        throw error
      })
    },
  })
}
