import type { ErrorRequestHandler, RequestHandler } from 'express'

import type { Logger } from '../process/logger.ts'
import { Problem, problems } from '../process/problem.ts'
import { reasonOf } from '../process/reason-of.ts'
import { isReportedOutage } from '../process/reported-outages.ts'
import { currentRequest } from '../process/request-context.ts'
import { faultOf } from '../process/request-faults.ts'
import { targetOf } from '../process/request-target.ts'
import { isRoutine } from './request-log.ts'

export const rejectUnknownRoutes: RequestHandler = (request, _response, next) => {
  next(problems.noSuchRoute(request.method, request.path))
}

/** Rejects a request in which the server found a fault. Answers `OPTIONS *`, which asks about the whole server. */
export const rejectFaultyRequests: RequestHandler = (request, response, next) => {
  const problem = faultOf(request)
  if (problem || request.url !== '*') return next(problem)
  response.set('Allow', 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS').status(204).end()
}

/** Translates errors that are not problems yet (an unreachable database, a full store) into problems. */
export type ErrorTranslation = (error: unknown) => Problem | undefined

/**
 * The only place where an error becomes a response. An unexpected error is logged in full, and the client gets a 500
 * without details.
 */
export function createProblemHandler(
  logger: Logger,
  translate: ErrorTranslation = () => undefined,
): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    const problem = asProblem(error) ?? translate(error) ?? problems.internalError()
    if (problem.status >= 500) logFailure(logger, targetOf(request).path, problem, error)
    if (response.headersSent) {
      response.destroy()
      return
    }
    response.removeHeader('Cache-Control')
    response
      .status(problem.status)
      .set(problem.headers)
      .type('application/problem+json')
      // Not `send()`, which would add an ETag and could return 304.
      .end(
        JSON.stringify({
          ...problem.toJSON(),
          instance: targetOf(request).path,
          requestId: currentRequest()?.requestId ?? response.get('X-Request-Id'),
        }),
      )
  }
}

/**
 * A watch has already logged the outage of a dependency, so the line has no stack. Routine requests are repeated until they
 * succeed, so they are logged at `debug`.
 */
function logFailure(logger: Logger, path: string, { code, cause }: Problem, error: unknown): void {
  // The client has left, or the service stops.
  if (cause instanceof Error && cause.name === 'AbortError') return
  const event = 'request.failed'
  if (!isReportedOutage(cause ?? error)) logger.error({ event, code, error: cause ?? error })
  else if (isRoutine(path)) logger.debug({ event, code, reason: reasonOf(error) })
  else logger.error({ event, code, reason: reasonOf(error) })
}

function asProblem(error: unknown): Problem | undefined {
  if (error instanceof Problem) return error
  return error instanceof Error ? parserProblem(error) : undefined
}

/** The errors of Express and its body parser (http-errors with a `type`). */
function parserProblem(error: Error & { type?: unknown; limit?: unknown; status?: unknown }): Problem | undefined {
  switch (error.type) {
    case 'entity.parse.failed':
      return problems.invalidJson()
    case 'entity.too.large':
      return problems.bodyTooLarge(Number(error.limit))
    case 'encoding.unsupported':
    case 'charset.unsupported':
      return problems.unsupportedMediaType(
        'The encoding or the charset of the body is not supported. Supported: UTF-8, uncompressed or with gzip, deflate or br.',
      )
    case 'request.aborted':
    case 'request.size.invalid':
    case 'stream.encoding.set':
      return problems.incompleteBody()
    default:
      if (error instanceof URIError) return problems.invalidPath()
      return isClientsFault(error.status) ? problems.unreadableBody() : undefined
  }
}

/** Other errors of a parser, such as the error for a body that is not gzip although its header says so. */
const isClientsFault = (status: unknown) => typeof status === 'number' && status >= 400 && status < 500
