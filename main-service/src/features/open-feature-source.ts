import { accessSync, constants } from 'node:fs'

import { EnvironmentError, explainUnreadableFile, type Logger } from '@likeness/service-kit/process'

import type { Environment } from '../env.ts'
import type { FeatureSource } from './feature-source.ts'
import { createFileSource } from './file-source.ts'
import { createGrowthbookSource } from './growthbook-source.ts'

/**
 * GrowthBook if it is configured, otherwise the file. Without the file, every feature has its default.
 *
 * @throws EnvironmentError when the file exists and this process is not allowed to read it
 */
export function openFeatureSource(environment: Environment, logger: Logger): FeatureSource {
  const { GROWTHBOOK_API_HOST: host, GROWTHBOOK_CLIENT_KEY: clientKey } = environment
  if (host === undefined || clientKey === undefined) {
    requireReadable(environment.FEATURES_FILE)
    return createFileSource(environment.FEATURES_FILE, logger)
  }
  return createGrowthbookSource({ host, clientKey, decryptionKey: environment.GROWTHBOOK_DECRYPTION_KEY, logger })
}

function requireReadable(file: string): void {
  try {
    accessSync(file, constants.R_OK)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw new EnvironmentError([explainUnreadableFile(file, error)], 'The features file')
  }
}
