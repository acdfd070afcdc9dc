import { createHash } from 'node:crypto'

import type { Experiment, Result } from '@growthbook/growthbook'
import { createCounter, createCache, type Logger, type Metrics } from '@likeness/service-kit/process'

/** GrowthBook's SDK calls this whenever an experiment determines a value. */
export type OnExposure = (experiment: Experiment<unknown>, result: Result<unknown>) => void

const MAX_CACHED = 20_000
const CACHED_MS = 3_600_000
/** Maximum number of logged characters of an id, because clients can send long ids. */
const LOGGED_CHARACTERS = 100

/** Logs and counts exposures, at most once per hour for each user, experiment and variation. */
export function createExposures(logger: Logger, metrics: Metrics): OnExposure {
  const seen = createCache<true>({ max: MAX_CACHED, ttlMs: CACHED_MS })
  const count = createCounter(metrics, {
    name: 'likeness_feature_exposures_total',
    help: 'Exposures of users to a variation of an experiment, each user counted at most once per hour.',
    labels: ['experiment', 'variation'],
  })
  return ({ key: experiment }, { key: variation, hashAttribute, hashValue, featureId, stickyBucketUsed }) => {
    const exposure = createHash('sha256')
      .update(JSON.stringify([experiment, variation, hashAttribute, hashValue]))
      .digest('base64url')
    if (seen.has(exposure)) return
    seen.set(exposure, true)
    count({ experiment, variation })
    logger.info({
      event: 'experiment.exposed',
      experiment,
      variation,
      feature: featureId,
      by: hashAttribute,
      who: String(hashValue).slice(0, LOGGED_CHARACTERS),
      sticky: stickyBucketUsed ?? false,
    })
  }
}
