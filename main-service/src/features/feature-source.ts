import type { HealthCheck } from '@likeness/service-kit/health'

import type { FeaturePayload } from './feature-payload.ts'

/** A source of features: GrowthBook or a file. */
export interface FeatureSource {
  /** The latest features, as the same object until they change; undefined until they are read for the first time. */
  current(): FeaturePayload | undefined
  /** Resolves after the first attempt to read, successful or not, or after `limitMs`. */
  tried(limitMs: number): Promise<void>
  check?: HealthCheck
  stop(): Promise<void>
}
