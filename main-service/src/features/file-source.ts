import { readFileSync, statSync } from 'node:fs'

import type { Logger } from '@likeness/service-kit/process'

import { readFeaturesFile, type FeaturePayload } from './feature-payload.ts'
import type { FeatureSource } from './feature-source.ts'

/** Minimum time between two checks whether the file has changed. */
const CHECK_EVERY_MS = 500

/**
 * Reads features from a local file, and again after each change. While the file is unreadable, the last features remain.
 */
export function createFileSource(file: string, logger: Logger): FeatureSource {
  let payload: FeaturePayload | undefined
  let checkedAt = 0
  let seen = ''

  function check(): void {
    checkedAt = Date.now()
    const stamp = stampOf(file)
    if (stamp === seen) return
    seen = stamp
    try {
      payload = readFeaturesFile(readFileSync(file, 'utf8'))
      logger.info({ event: 'features.read', file, features: Object.keys(payload.features).length })
    } catch (error) {
      logger.warn({ event: 'features.unreadable', file, error })
    }
  }

  return {
    current() {
      if (Date.now() - checkedAt >= CHECK_EVERY_MS) check()
      return payload
    },
    tried: async () => undefined,
    stop: async () => undefined,
  }
}

function stampOf(file: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(file)
    return `${mtimeMs} ${size} ${ino}`
  } catch {
    return 'missing'
  }
}
