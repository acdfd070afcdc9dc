import { readFileSync, statSync } from 'node:fs'

import type { Logger } from '@likeness/service-kit/process'

import { readFeaturesFile, type FeaturePayload } from './feature-payload.ts'
import type { FeatureSource } from './feature-source.ts'

/** Minimum time between two checks for a change of the file. */
const LOOK_EVERY_MS = 500

/** Reads features from a local file, again after each change. An unreadable file leaves the features as they were. */
export function createFileSource(file: string, logger: Logger): FeatureSource {
  let payload: FeaturePayload | undefined
  let lookedAt = 0
  let seen = ''

  function look(): void {
    lookedAt = Date.now()
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
      if (Date.now() - lookedAt >= LOOK_EVERY_MS) look()
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
