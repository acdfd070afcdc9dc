import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'

import { exposeMetrics, sendMetrics } from '../process/exposed-metrics.ts'
import type { Logger } from '../process/logger.ts'
import type { Metrics } from '../process/metrics.ts'
import { Problem, problems } from '../process/problem.ts'
import { faultOf } from '../process/request-faults.ts'
import { targetOf } from '../process/request-target.ts'
import { createHealthProbes, type HealthCheck, type LivenessCheck } from './health.ts'

interface HealthAppOptions {
  logger: Logger
  metrics: Metrics
  /** The bearer token for `/metrics`. Default: everybody can read the metrics. */
  metricsToken?: string | undefined
  checks: HealthCheck[]
  liveness: LivenessCheck[]
}

/**
 * Serves `/healthz`, `/readyz` and `/metrics` of a deployable without an API. It does not use Express, which would take
 * 16 MB of resident memory in each worker.
 */
export function createHealthApp({
  logger,
  metrics,
  metricsToken,
  checks,
  liveness,
}: HealthAppOptions): RequestListener {
  const probes = createHealthProbes(checks, logger, liveness)
  const exposed = exposeMetrics(metrics, metricsToken)

  async function answer(request: IncomingMessage, path: string, response: ServerResponse): Promise<void> {
    const { method = 'GET' } = request
    if (method !== 'GET' && method !== 'HEAD') return sendProblem(response, path, problems.noSuchRoute(method, path))
    if (path === '/metrics') return sendMetrics(exposed, request, response)
    if (path !== '/healthz' && path !== '/readyz')
      return sendProblem(response, path, problems.noSuchRoute(method, path))
    const { status, body } = await (path === '/healthz' ? probes.healthz() : probes.readyz())
    send(response, status, 'application/json; charset=utf-8', JSON.stringify(body))
  }

  return (request, response) => {
    const { path } = targetOf(request)
    const fault = faultOf(request)
    if (fault) return sendProblem(response, path, fault)
    answer(request, path, response).catch((error: unknown) => {
      if (error instanceof Problem) return sendProblem(response, path, error)
      logger.error({ event: 'request.failed', error })
      sendProblem(response, path, problems.internalError())
    })
  }
}

function sendProblem(response: ServerResponse, path: string, problem: Problem): void {
  // Without `/docs/errors`, the type can lead nowhere (RFC 9457 §4.2.1).
  const body = JSON.stringify({ ...problem.toJSON(), type: 'about:blank', instance: path })
  send(response, problem.status, 'application/problem+json; charset=utf-8', body, problem.headers)
}

function send(
  response: ServerResponse,
  status: number,
  type: string,
  body: string,
  headers: Record<string, string> = {},
): void {
  response
    .writeHead(status, {
      ...headers,
      'Content-Type': type,
      'Content-Length': Buffer.byteLength(body),
      'Cache-Control': 'no-store',
    })
    .end(body)
}
