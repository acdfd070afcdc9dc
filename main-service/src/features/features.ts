import type { FeatureResult, GrowthBookClient, StickyAssignmentsDocument, UserContext } from '@growthbook/growthbook'
import type { HealthCheck } from '@likeness/service-kit/health'
import type { CallerAttributes } from '@likeness/service-kit/identity'
import { createCounter, type Logger, type Metrics } from '@likeness/service-kit/process'

import { createExposures } from './exposures.ts'
import { featuresWithBuckets, type FeaturePayload } from './feature-payload.ts'
import type { FeatureSource } from './feature-source.ts'
import { gateKeys, gates, isGate, type Gate } from './gates.ts'
import type { StickyBuckets } from './sticky-buckets.ts'

/** Whom a feature is evaluated for: what their token says, and what a client sent besides. */
export interface FeatureAttributes extends CallerAttributes {
  [name: string]: unknown
}

interface FeatureValue {
  key: string
  value: unknown
  /** GrowthBook's word for where the value came from (`defaultValue`, `force`, …), or `gate` for our own default. */
  source: string
}

export interface Features {
  isOn(gate: Gate, attributes: FeatureAttributes): Promise<boolean>
  /** One feature; undefined when there is none of this key. */
  evaluate(key: string, attributes: FeatureAttributes): Promise<FeatureValue | undefined>
  /** Some features, those that there are. */
  evaluateSome(keys: string[], attributes: FeatureAttributes): Promise<FeatureValue[]>
  all(attributes: FeatureAttributes): Promise<FeatureValue[]>
  /** Resolves when features were read, or could not be, or after `limitMs`. */
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

/** What was read, made ready to be evaluated. */
interface Ready {
  payload: FeaturePayload
  client: GrowthBookClient
  withBuckets: Set<string>
  /** Features that could not be evaluated, told once. */
  told: Set<string>
}

/**
 * How long after the start an evaluation waits for the first answer of the source: a gate that GrowthBook has closed is
 * not open for a moment after each start.
 */
const FIRST_WORD_MS = 2_000

const nothing: FeaturePayload = { features: {} }

/** The one wrapper over GrowthBook: everything that is switched asks here. */
export function createFeatures({ source, buckets, logger, metrics }: FeaturesOptions): Features {
  const noteExposure = createExposures(logger, metrics)
  const countEvaluation = createCounter(metrics, {
    name: 'feature_evaluations_total',
    help: 'Evaluations of features, by where their value came from.',
    labels: ['feature', 'source', 'on'],
  })
  const started = source.tried(FIRST_WORD_MS)
  let ready: Promise<Ready> | undefined
  let readyFor: FeaturePayload | undefined

  // A missing SDK must fail at the start.
  import.meta.resolve?.('@growthbook/growthbook')

  /** The SDK is loaded when a feature is first evaluated. */
  async function prepare(payload: FeaturePayload): Promise<Ready> {
    const { GrowthBookClient } = await import('@growthbook/growthbook')
    const client = new GrowthBookClient({ trackingCallback: noteExposure }).initSync({ payload })
    return { payload, client, withBuckets: featuresWithBuckets(payload), told: new Set() }
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

  /** With the buckets of who is known, where an experiment may need them. */
  async function userContext({ withBuckets }: Ready, keys: string[], attributes: FeatureAttributes) {
    const { id } = attributes
    const user: UserContext = {
      attributes,
      trackedExperiments: new Set(),
      // Without it GrowthBook leaves out who is known by an experiment's second attribute only.
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
    if (isGate(key) && (!result || isSilent(result))) return { key, value: gates[key].standard, source: 'gate' }
    return result && { key, value: result.value, source: result.source }
  }

  /** A definition that the SDK trips over has no rules. */
  function resultOf({ payload, client, told }: Ready, key: string, user: UserContext) {
    try {
      return client.evalFeature<unknown>(key, user)
    } catch (error) {
      if (!told.has(key)) logger.warn({ event: 'features.cannot-evaluate', feature: key, error })
      told.add(key)
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

/** GrowthBook knows the feature, and has no value for it. */
const isSilent = ({ value, source }: Pick<FeatureResult<unknown>, 'value' | 'source'>) =>
  value === null && (source === 'defaultValue' || source === 'cyclicPrerequisite')
