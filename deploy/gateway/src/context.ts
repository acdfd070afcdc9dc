import type { HealthCheck } from '@likeness/service-kit/http'
import type { Logger } from '@likeness/service-kit/process'

import type { Environment } from './env.ts'
import { forwardTo, type Services } from './forward.ts'
import { readRoutes, type RouteTable } from './route-table.ts'

/** Everything that the gateway consists of. */
export interface Context {
  environment: Environment
  logger: Logger
  routes: RouteTable
  services: Services
  checks: HealthCheck[]
}

/** @throws EnvironmentError if the table of routes cannot be used */
export async function createContext(environment: Environment, logger: Logger): Promise<Context> {
  const urls = {
    'auth-service': environment.AUTH_SERVICE_URL,
    'main-service': environment.MAIN_SERVICE_URL,
    'medias-service': environment.MEDIAS_SERVICE_URL,
  }
  const checks = Object.entries(urls).map(([name, url]) => ({
    name,
    required: false,
    check: async () => {
      const { ok, status } = await fetch(new URL('/healthz', url), { signal: AbortSignal.timeout(1_500) })
      if (!ok) throw new Error(`${name} returned ${status}`)
    },
  }))
  return { environment, logger, routes: await readRoutes(environment.ROUTES_FILE), services: forwardTo(urls), checks }
}
