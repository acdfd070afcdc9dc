import type { Logger } from '@likeness/service-kit/process'

import type { Environment } from '../env.ts'
import type { FeatureSource } from './feature-source.ts'
import { createFileSource } from './file-source.ts'
import { createGrowthbookSource } from './growthbook-source.ts'

/** GrowthBook if it is configured, otherwise the file. */
export function openFeatureSource(environment: Environment, logger: Logger): FeatureSource {
  const { GROWTHBOOK_API_HOST: host, GROWTHBOOK_CLIENT_KEY: clientKey } = environment
  if (host === undefined || clientKey === undefined) return createFileSource(environment.FEATURES_FILE, logger)
  return createGrowthbookSource({ host, clientKey, decryptionKey: environment.GROWTHBOOK_DECRYPTION_KEY, logger })
}
