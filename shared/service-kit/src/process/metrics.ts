import type { RequestHandler } from 'express'
import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client'

export type Metrics = Registry

/** The registry of a deployable, with the default metrics of its process. */
export function createMetrics(service: string): Metrics {
  const registry = new Registry()
  registry.setDefaultLabels({ service })
  collectDefaultMetrics({ register: registry })
  return registry
}

/**
 * Measures the seconds per request by route. The label is the pattern of the route, because the number of requested paths
 * is unlimited.
 */
export function measureRequests(registry: Metrics): RequestHandler {
  const seconds = new Histogram({
    name: 'likeness_http_request_duration_seconds',
    help: 'Seconds from the start of a request to the end of its response.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [registry],
  })
  return (request, response, next) => {
    const end = seconds.startTimer({ method: request.method })
    response.once('close', () => {
      const route = request.route as { path?: string } | undefined
      end({ route: route?.path ?? 'none', status: String(response.statusCode) })
    })
    next()
  }
}

/** Maximum number of label combinations of a counter. Further combinations are counted as `other`. */
const MAX_SERIES = 500

/**
 * Creates a counter with label values from clients. Prometheus keeps every combination, so their number is limited.
 *
 * @returns a function that increments the counter
 */
export function createCounter<Label extends string>(
  registry: Metrics,
  { name, help, labels }: { name: string; help: string; labels: readonly Label[] },
): (values: Record<Label, string>) => void {
  const counter = new Counter({ name, help, labelNames: labels, registers: [registry] })
  const known = new Set<string>()
  const others = Object.fromEntries(labels.map((label) => [label, 'other'])) as Record<Label, string>
  return (values) => {
    const series = JSON.stringify(labels.map((label) => values[label]))
    if (known.size < MAX_SERIES) known.add(series)
    counter.inc(known.has(series) ? values : others)
  }
}
