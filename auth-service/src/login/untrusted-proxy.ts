import { Problem, type Logger } from '@likeness/service-kit/process'
import type { Request } from 'express'

const MINUTE_MS = 60_000

/** Runs the work of a request. If a limit rejects it, reports a reverse proxy that is not trusted. */
export type ProxyReport = <Result>(request: Request, work: () => Promise<Result>) => Promise<Result>

/**
 * If a reverse proxy is not in TRUSTED_PROXIES, all its clients have one network address and share its limits. The log says
 * so, at most once a minute, because a client can send the header too.
 */
export function createProxyReport(logger: Logger): ProxyReport {
  let reportedAt = -MINUTE_MS
  return async (request, work) => {
    try {
      return await work()
    } catch (error) {
      const isLimited = error instanceof Problem && error.code === 'too-many-attempts'
      if (isLimited && isFromUntrustedProxy(request) && performance.now() - reportedAt >= MINUTE_MS) {
        reportedAt = performance.now()
        const hint = 'If this is the address of your reverse proxy, add it to TRUSTED_PROXIES.'
        logger.warn({ event: 'proxy.not-trusted', address: request.ip, hint })
      }
      throw error
    }
  }
}

const isFromUntrustedProxy = (request: Request) =>
  request.get('x-forwarded-for') !== undefined && request.ip === request.socket.remoteAddress
