import type { HealthCheck } from '@likeness/service-kit/health'

import type { FeaturePayload } from './feature-payload.ts'

/** Where features are read from. */
export interface FeatureSource {
  /** What was read last: the same object until something else is read; undefined before anything ever was. */
  current(): FeaturePayload | undefined
  /** Resolves when it has been tried once, or after `limitMs`. */
  tried(limitMs: number): Promise<void>
  check?: HealthCheck
  stop(): Promise<void>
}
