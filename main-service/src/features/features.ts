import type { FeatureResult, GrowthBookClient, StickyAssignmentsDocument, UserContext } from '@growthbook/growthbook'
import type { HealthCheck } from '@likeness/service-kit/health'
import type { CallerAttributes } from '@likeness/service-kit/identity'
import { createCounter, type Logger, type Metrics } from '@likeness/service-kit/process'

import { createExposures } from './exposures.ts'
import { featuresWithBuckets, type FeaturePayload } from './feature-payload.ts'
import type { FeatureSource } from './feature-source.ts'
import { gateKeys, gates, isGate, type Gate } from './gates.ts'
import type { StickyBuckets } from './sticky-buckets.ts'

/** The attributes for an evaluation: from the caller's token, and from the client. */
export interface FeatureAttributes extends CallerAttributes {
  [name: string]: unknown
}

interface FeatureValue {
  key: string
  value: unknown
  /** The origin of the value: GrowthBook's term (`defaultValue`, `force`, …), or `gate` for a gate's own default. */
  source: string
}

export interface Features {
  isOn(gate: Gate, attributes: FeatureAttributes): Promise<boolean>
  /** One feature; undefined if the key is unknown. */
  evaluate(key: string, attributes: FeatureAttributes): Promise<FeatureValue | undefined>
  /** Some features; unknown keys are omitted. */
  evaluateSome(keys: string[], attributes: FeatureAttributes): Promise<FeatureValue[]>
  all(attributes: FeatureAttributes): Promise<FeatureValue[]>
  /** Resolves after the first attempt to read features, successful or not, or after `limitMs`. */
  tried(limitMs: number): Promise<void>
  checks: HealthCheck[]
  stop(): Promise<void>
}

interface FeaturesOptions {
  source: FeatureSource
  buckets: StickyBuckets
  logger: Logger
  metrics: Metrics
}

/** The latest payload, prepared for evaluation. */
interface Ready {
  payload: FeaturePayload
  client: GrowthBookClient
  withBuckets: Set<string>
  /** Features whose evaluation failed; each failure is logged once. */
  failed: Set<string>
}

/**
 * Time that an evaluation waits for the first payload. Without the wait, a gate that is switched off would have its
 * default value just after the start.
 */
const FIRST_PAYLOAD_MS = 2_000

const nothing: FeaturePayload = { features: {} }

/** Evaluates features with GrowthBook's SDK. The rest of the code does not use the SDK. */
export function createFeatures({ source, buckets, logger, metrics }: FeaturesOptions): Features {
  const onExposure = createExposures(logger, metrics)
  const countEvaluation = createCounter(metrics, {
    name: 'likeness_feature_evaluations_total',
    help: 'Evaluations of features, by feature, origin of the value, and whether the feature was on.',
    labels: ['feature', 'source', 'on'],
  })
  const started = source.tried(FIRST_PAYLOAD_MS)
  let ready: Promise<Ready> | undefined
  let readyFor: FeaturePayload | undefined

  // The SDK is loaded later. This line lets the start fail if the SDK is missing.
  import.meta.resolve?.('@growthbook/growthbook')

  /** The SDK is loaded when a feature is first evaluated. */
  async function prepare(payload: FeaturePayload): Promise<Ready> {
    const { GrowthBookClient } = await import('@growthbook/growthbook')
    const client = new GrowthBookClient({ trackingCallback: onExposure }).initSync({ payload })
    return { payload, client, withBuckets: featuresWithBuckets(payload), failed: new Set() }
  }

  function latest(): Promise<Ready> {
    const payload = source.current() ?? nothing
    if (!ready || payload !== readyFor) ready = prepare(payload)
    readyFor = payload
    return ready
  }

  async function evaluateSome(keys: string[], attributes: FeatureAttributes): Promise<FeatureValue[]> {
    await started
    const now = await latest()
    const user = await userContext(now, keys, attributes)
    return keys.flatMap((key) => {
      const feature = evaluateOne(now, key, user)
      if (!feature) return []
      countEvaluation({ feature: key, source: feature.source, on: String(Boolean(feature.value)) })
      return [feature]
    })
  }

  /** Includes the stored buckets of the user if an experiment among `keys` can need them. */
  async function userContext({ withBuckets }: Ready, keys: string[], attributes: FeatureAttributes) {
    const { id } = attributes
    const user: UserContext = {
      attributes,
      trackedExperiments: new Set(),
      // Without this function, GrowthBook ignores the fallback attribute of an experiment.
      saveStickyBucketAssignmentDoc: async () => undefined,
    }
    if (id === undefined || !keys.some((key) => withBuckets.has(key))) return user
    let kept = await buckets.of(id)
    user.stickyBucketAssignmentDocs = { [`id||${id}`]: { attributeName: 'id', attributeValue: id, assignments: kept } }
    user.saveStickyBucketAssignmentDoc = async ({ attributeName, assignments }: StickyAssignmentsDocument) => {
      if (attributeName !== 'id') return
      buckets.keep(id, kept, assignments)
      kept = assignments
    }
    return user
  }

  function evaluateOne(now: Ready, key: string, user: UserContext): FeatureValue | undefined {
    const result = Object.hasOwn(now.payload.features, key) ? resultOf(now, key, user) : undefined
    if (isGate(key) && (!result || hasNoValue(result))) return { key, value: gates[key].standard, source: 'gate' }
    return result && { key, value: result.value, source: result.source }
  }

  /** The default value of the feature if the SDK throws. */
  function resultOf({ payload, client, failed }: Ready, key: string, user: UserContext) {
    try {
      return client.evalFeature<unknown>(key, user)
    } catch (error) {
      if (!failed.has(key)) logger.warn({ event: 'features.cannot-evaluate', feature: key, error })
      failed.add(key)
      return { value: payload.features[key]?.defaultValue ?? null, source: 'defaultValue' as const }
    }
  }

  return {
    async isOn(gate, attributes) {
      const [feature] = await evaluateSome([gate], attributes)
      return Boolean(feature?.value)
    },
    async evaluate(key, attributes) {
      const [feature] = await evaluateSome([key], attributes)
      return feature
    },
    evaluateSome,
    async all(attributes) {
      await started
      const keys = Object.keys(source.current()?.features ?? {})
      return evaluateSome([...new Set([...gateKeys, ...keys])], attributes)
    },
    tried: (limitMs) => source.tried(limitMs),
    checks: source.check ? [source.check] : [],
    async stop() {
      await source.stop()
      await buckets.stop()
    },
  }
}

/** Whether GrowthBook knows the feature but has no value for it. */
const hasNoValue = ({ value, source }: Pick<FeatureResult<unknown>, 'value' | 'source'>) =>
  value === null && (source === 'defaultValue' || source === 'cyclicPrerequisite')
