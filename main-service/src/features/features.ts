import { readFileSync, statSync } from 'node:fs'

import { GrowthBookClient, type FeatureDefinitions, type FeatureResult } from '@growthbook/growthbook'
import type { Logger } from '@likeness/service-kit'
import { z } from 'zod'

/** Every gate that the code asks about, with what holds where the file does not say. */
const gates = {
  /** Whether anybody may register. */
  registration: true,
} as const satisfies Record<string, boolean>

type Gate = keyof typeof gates

/** Whom a feature is evaluated for. */
export interface FeatureAttributes {
  id?: string
  roles?: string[]
  emailDomain?: string
  [name: string]: unknown
}

interface FeatureValue {
  key: string
  value: unknown
  /** GrowthBook's word for where the value came from (`defaultValue`, `force`, …), or `gate` for our own default. */
  source: string
}

export interface Features {
  isOn(gate: Gate, attributes: FeatureAttributes): boolean
  evaluate(key: string, attributes: FeatureAttributes): FeatureValue | undefined
  all(attributes: FeatureAttributes): FeatureValue[]
}

/** How often, at most, the file is looked at for a change. */
const LOOK_EVERY_MS = 500

const definitionsSchema = z.record(
  z.string(),
  z.looseObject({ defaultValue: z.unknown().optional(), rules: z.array(z.looseObject({})).optional() }),
)

/**
 * Feature flags from a local file in GrowthBook's format. It is read again when it has changed; while it cannot be
 * read, what was read last holds, or each gate's own default.
 */
export function createFeatures({ file, logger }: { file: string; logger: Logger }): Features {
  let definitions: FeatureDefinitions = {}
  let client = growthbookOver(definitions)
  let lookedAt = 0
  let seen = ''

  function refresh(): void {
    if (Date.now() - lookedAt < LOOK_EVERY_MS) return
    lookedAt = Date.now()
    const stamp = stampOf(file)
    if (stamp === seen) return
    seen = stamp
    try {
      definitions = readDefinitions(readFileSync(file, 'utf8'))
      client = growthbookOver(definitions)
      logger.info({ event: 'features.read', file, features: Object.keys(definitions).length })
    } catch (error) {
      logger.warn({ event: 'features.unreadable', file, error })
    }
  }

  function evaluate(key: string, attributes: FeatureAttributes): FeatureValue | undefined {
    refresh()
    if (Object.hasOwn(definitions, key)) {
      const { value, source }: FeatureResult<unknown> = client.evalFeature(key, { attributes })
      return { key, value, source }
    }
    return isGate(key) ? { key, value: gates[key], source: 'gate' } : undefined
  }

  return {
    isOn: (gate, attributes) => Boolean(evaluate(gate, attributes)?.value),
    evaluate,
    all(attributes) {
      refresh()
      const keys = new Set([...Object.keys(gates), ...Object.keys(definitions)])
      return [...keys].flatMap((key) => evaluate(key, attributes) ?? [])
    },
  }
}

/** Definitions by key, as GrowthBook exports them, or under `features`, as its API answers them. */
function readDefinitions(json: string): FeatureDefinitions {
  const content: unknown = JSON.parse(json)
  const answer = z.object({ features: definitionsSchema }).safeParse(content)
  return (answer.success ? answer.data.features : definitionsSchema.parse(content)) as FeatureDefinitions
}

const isGate = (key: string): key is Gate => Object.hasOwn(gates, key)

const growthbookOver = (features: FeatureDefinitions) => new GrowthBookClient().initSync({ payload: { features } })

function stampOf(file: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(file)
    return `${mtimeMs} ${size} ${ino}`
  } catch {
    return 'missing'
  }
}
