import type { HealthCheck } from '@likeness/service-kit/health'

import type { FeaturePayload } from './feature-payload.ts'

/** Where features are read from. */
export interface FeatureSource {
  /** The features that were read last, as the same object until they change; undefined before the first. */
  current(): FeaturePayload | undefined
  /** Resolves after the first attempt to read, successful or not, or after `limitMs`. */
  tried(limitMs: number): Promise<void>
  check?: HealthCheck
  stop(): Promise<void>
}
