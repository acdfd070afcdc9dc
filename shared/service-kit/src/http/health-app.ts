import type { RequestListener, ServerResponse } from 'node:http'

import type { Logger } from '../process/logger.ts'
import type { Metrics } from '../process/metrics.ts'
import { problems, type Problem } from '../process/problem.ts'
import { faultOf } from '../process/request-faults.ts'
import { targetOf } from '../process/request-target.ts'
import { createHealthProbes, type HealthCheck, type LivenessCheck } from './health.ts'

interface HealthAppOptions {
  logger: Logger
  metrics: Metrics
  checks: HealthCheck[]
  liveness: LivenessCheck[]
}

/**
 * Serves `/healthz`, `/readyz` and `/metrics` of a deployable without an API. It does not use Express, which would take
 * 16 MB of resident memory in each worker.
 */
export function createHealthApp({ logger, metrics, checks, liveness }: HealthAppOptions): RequestListener {
  const probes = createHealthProbes(checks, logger, liveness)

  async function answer(method: string, path: string, response: ServerResponse): Promise<void> {
    if (method !== 'GET' && method !== 'HEAD') return sendProblem(response, path, problems.noSuchRoute(method, path))
    if (path === '/metrics') return send(response, 200, metrics.contentType, await metrics.metrics())
    if (path !== '/healthz' && path !== '/readyz')
      return sendProblem(response, path, problems.noSuchRoute(method, path))
    const { status, body } = await (path === '/healthz' ? probes.healthz() : probes.readyz())
    send(response, status, 'application/json; charset=utf-8', JSON.stringify(body))
  }

  return (request, response) => {
    const { path } = targetOf(request)
    const fault = faultOf(request)
    if (fault) return sendProblem(response, path, fault)
    const { method = 'GET' } = request
    answer(method, path, response).catch((error: unknown) => {
      logger.error({ event: 'request.failed', error })
      sendProblem(response, path, problems.internalError())
    })
  }
}

function sendProblem(response: ServerResponse, path: string, problem: Problem): void {
  // Without `/docs/errors`, the type can lead nowhere (RFC 9457 §4.2.1).
  const body = JSON.stringify({ ...problem.toJSON(), type: 'about:blank', instance: path })
  send(response, problem.status, 'application/problem+json; charset=utf-8', body)
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response
    .writeHead(status, {
      'Content-Type': type,
      'Content-Length': Buffer.byteLength(body),
      'Cache-Control': 'no-store',
    })
    .end(body)
}
