import { describe, expect, it } from '@jest/globals'
import { send } from '@likeness/test-kit'

import { createHealthApp } from '../src/health.ts'
import { createLogger } from '../src/process/logger.ts'
import { createMetrics } from '../src/process/metrics.ts'
import { createSmallApp, startServer } from './small-service.ts'

const metricsToken = 'a-token-of-24-characters'

const createWorkerApp = (token?: string) =>
  createHealthApp({
    logger: createLogger({ service: 'test', level: 'silent' }),
    metrics: createMetrics('test'),
    metricsToken: token,
    checks: [],
    liveness: [],
  })
const createApp = (token?: string) => createSmallApp({ routes: [], ...(token ? { metricsToken: token } : {}) })

describe.each([
  ['a service', createApp],
  ['a worker', createWorkerApp],
])('When the metrics of %s are read', (_who, create) => {
  it('then they need the token if one is set, and health checks do not', async () => {
    const url = await startServer(create(metricsToken))

    const accepted = await send('GET', `${url}/metrics`, { token: metricsToken })
    expect([accepted.status, accepted.headers.get('cache-control')]).toEqual([200, 'no-store'])
    expect(accepted.body).toContain('process_cpu_seconds_total')
    for (const token of [undefined, 'another-token-of-27-characters']) {
      const { status, headers, body } = await send('GET', `${url}/metrics`, { token })
      expect([status, body.code]).toEqual([401, 'metrics-token-required'])
      expect(headers.get('content-type')).toMatch(/^application\/problem\+json/)
      expect(headers.get('www-authenticate')).toBe('Bearer realm="metrics"')
    }
    expect((await send('GET', `${url}/healthz`)).status).toBe(200)
  })

  it('then they are open without a token, also for HEAD', async () => {
    const url = await startServer(create())
    const { status, headers } = await send('HEAD', `${url}/metrics`)
    expect(status).toBe(200)
    expect(Number(headers.get('content-length'))).toBeGreaterThan(1_000)
    expect((await send('GET', `${url}/metrics`)).body).toContain('service="test"')
  })
})
