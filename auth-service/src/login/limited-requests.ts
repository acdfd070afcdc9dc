import { setTimeout as pause } from 'node:timers/promises'

import { Problem, type Logger } from '@likeness/service-kit/process'
import type { Request } from 'express'

/** A client that sends its next guess after the response sends at most one a second on each connection. */
const DELAY_MS = 1_000
const MINUTE_MS = 60_000

/** Runs the work of a request that main-service can reject with 429 `too-many-attempts`. */
export type LimitedRequests = <Result>(request: Request, work: () => Promise<Result>) => Promise<Result>

/**
 * Delays the response to a rejected request, so that a flood of guesses does not become faster when it is rejected. The
 * delay costs nothing but an open connection.
 *
 * If a reverse proxy is not in TRUSTED_PROXIES, all its clients have one network address and share its limits. The log says
 * so, at most once a minute, because a client can send the header too.
 */
export function createLimitedRequests(logger: Logger): LimitedRequests {
  let reportedAt = -MINUTE_MS
  return async (request, work) => {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'too-many-attempts') throw error
      if (isFromUntrustedProxy(request) && performance.now() - reportedAt >= MINUTE_MS) {
        reportedAt = performance.now()
        const hint = 'If this is the address of your reverse proxy, add it to TRUSTED_PROXIES.'
        logger.warn({ event: 'proxy.not-trusted', address: request.ip, hint })
      }
      await pause(DELAY_MS)
      throw error
    }
  }
}

const isFromUntrustedProxy = (request: Request) =>
  request.get('x-forwarded-for') !== undefined && request.ip === request.socket.remoteAddress
