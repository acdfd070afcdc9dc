import { presetEndpoints, revocationEndpoints } from '@likeness/internal-api'
import type { RequestHandler } from 'express'

import { callerOf } from '../process/access-state.ts'
import type { Logger } from '../process/logger.ts'
import { targetOf } from '../process/request-target.ts'

/**
 * Requests that other programs repeat all the time. They are logged at `debug`; at `info` they would be most of the log
 * of an idle system.
 */
const routine = new Set([
  '/healthz',
  '/readyz',
  '/metrics',
  revocationEndpoints.follow.path as string,
  presetEndpoints.follow.path as string,
])

/** Whether other programs repeat requests of this path all the time. */
export const isRoutine = (path: string): boolean => routine.has(path)

/**
 * Logs one line at the end of each request: `request.done`, or `request.aborted` if the client closed the connection.
 */
export function logRequests(logger: Logger): RequestHandler {
  return (request, response, next) => {
    const start = process.hrtime.bigint()
    // Without the query, which can contain a cursor, an email address or a ticket.
    const { path } = targetOf(request)
    response.once('close', () => {
      const line = {
        event: response.writableFinished ? 'request.done' : 'request.aborted',
        method: request.method,
        path,
        status: response.statusCode,
        ms: Math.round(Number(process.hrtime.bigint() - start) / 1e4) / 100,
        callerId: callerOf(request)?.id,
      }
      if (isRoutine(path)) logger.debug(line)
      else logger.info(line)
    })
    next()
  }
}
