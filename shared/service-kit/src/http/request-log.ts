import type { RequestHandler } from 'express'

import { callerOf } from '../process/access-state.ts'
import type { Logger } from '../process/logger.ts'

/** What machines ask again and again: at every other level it would be most of the log of a system at rest. */
const routine = /^\/(healthz|readyz|metrics|internal\/revocations)$/

/** One line for each request, when its answer has ended: `request.done`, or `request.aborted` by its client. */
export function logRequests(logger: Logger): RequestHandler {
  return (request, response, next) => {
    const start = process.hrtime.bigint()
    // Without the query: it may hold a cursor, an address or a ticket.
    const path = request.originalUrl.split('?')[0] as string
    response.once('close', () => {
      const line = {
        event: response.writableFinished ? 'request.done' : 'request.aborted',
        method: request.method,
        path,
        status: response.statusCode,
        ms: Math.round(Number(process.hrtime.bigint() - start) / 1e4) / 100,
        callerId: callerOf(request)?.id,
      }
      if (routine.test(path)) logger.debug(line)
      else logger.info(line)
    })
    next()
  }
}
