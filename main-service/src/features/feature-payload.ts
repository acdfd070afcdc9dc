import { createDecipheriv } from 'node:crypto'

import type { FeatureApiResponse, FeatureDefinitions, FeatureRule } from '@growthbook/growthbook'
import { validate } from '@likeness/service-kit/process'
import { z } from 'zod'

/** GrowthBook's definitions. Only the parts that the evaluation needs are validated. */
export type FeaturePayload = Pick<FeatureApiResponse, 'savedGroups' | 'contextualBandits'> & {
  features: FeatureDefinitions
}

const object = z.looseObject({})

const ruleSchema = z.looseObject({
  condition: object.nullish(),
  parentConditions: z.array(z.looseObject({ id: z.string() })).nullish(),
  variations: z.array(z.unknown()).nullish(),
  contextualVariations: z.array(z.unknown()).nullish(),
  meta: z.array(object).nullish(),
  filters: z.array(object).nullish(),
})

const definitionsSchema = z.record(
  z.string(),
  z.looseObject({ defaultValue: z.unknown().optional(), rules: z.array(ruleSchema).nullish() }),
)

const answerSchema = z.looseObject({
  features: definitionsSchema,
  savedGroups: z.record(z.string(), z.unknown()).nullish(),
  contextualBandits: z.record(z.string(), object).nullish(),
})

/**
 * Parses a response of GrowthBook's SDK endpoint, or an event of its stream.
 *
 * @throws Error if it is invalid, or cannot be decrypted with the key.
 */
export function readAnswer(json: string, decryptionKey?: string): FeaturePayload {
  const answer = readAs(object, JSON.parse(json))
  const opened = Object.fromEntries(
    (['features', 'savedGroups', 'contextualBandits'] as const).flatMap((name) => {
      const encrypted = answer[`encrypted${name[0]?.toUpperCase()}${name.slice(1)}`]
      return typeof encrypted === 'string' && encrypted !== '' ? [[name, decrypt(encrypted, decryptionKey)]] : []
    }),
  )
  return payloadOf(readAs(answerSchema, { ...answer, ...opened }))
}

/**
 * Parses a file of features: a response of GrowthBook, or only the features by key.
 *
 * @throws Error if it is neither.
 */
export function readFeaturesFile(json: string): FeaturePayload {
  const content: unknown = JSON.parse(json)
  const answer = answerSchema.safeParse(content)
  return payloadOf(answer.success ? answer.data : { features: readAs(definitionsSchema, content) })
}

/** @throws Error with every fault of the value */
function readAs<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const validated = validate(schema, value)
  if (validated.success) return validated.data
  const faults = validated.faults.map(({ path, message }) => `${path.join('.') || 'The content'} ${message}`)
  throw new Error(`The features are not valid: ${faults.join('; ')}`)
}

function payloadOf(answer: z.output<typeof answerSchema>): FeaturePayload {
  // The rest of the shape is not validated.
  const { features, savedGroups, contextualBandits } = answer as unknown as FeaturePayload
  for (const { rules } of Object.values(features)) for (const rule of rules ?? []) nameVariations(rule)
  return { features, ...(savedGroups ? { savedGroups } : {}), ...(contextualBandits ? { contextualBandits } : {}) }
}

/** Names the variations that have no name, because stored buckets reference names. Only a file can omit the names. */
function nameVariations(rule: FeatureRule): void {
  const variations = rule.contextualVariations ?? rule.variations
  if (!variations) return
  rule.meta = variations.map((_variation, index) => ({
    ...rule.meta?.[index],
    key: rule.meta?.[index]?.key || String(index),
  }))
}

/** GrowthBook's format: `iv.text`, both in base64, encrypted with AES in CBC mode. */
function decrypt(encrypted: string, key: string | undefined): unknown {
  if (key === undefined) throw new Error('The features are encrypted, but GROWTHBOOK_DECRYPTION_KEY is not set')
  const bytes = Buffer.from(key, 'base64')
  const [iv = '', text = ''] = encrypted.split('.')
  const decipher = createDecipheriv(`aes-${bytes.length * 8}-cbc`, bytes, Buffer.from(iv, 'base64'))
  const opened = Buffer.concat([decipher.update(Buffer.from(text, 'base64')), decipher.final()])
  return JSON.parse(opened.toString('utf8'))
}

/**
 * The features that depend on an experiment by the caller's id, directly or through another feature that they require.
 * Stored buckets are read only for these features.
 */
export function featuresWithBuckets({ features }: FeaturePayload): Set<string> {
  const found = new Set<string>()
  const rulesOf = (key: string) => (Object.hasOwn(features, key) ? (features[key]?.rules ?? []) : [])
  const reaches = (key: string, above: Set<string>): boolean =>
    !above.has(key) &&
    rulesOf(key).some(
      (rule) =>
        hasBuckets(rule) ||
        (rule.parentConditions ?? []).some(({ id }) => found.has(id) || reaches(id, new Set(above).add(key))),
    )
  for (const key of Object.keys(features)) if (reaches(key, new Set())) found.add(key)
  return found
}

const hasBuckets = (rule: FeatureRule) =>
  Boolean(rule.variations ?? rule.contextualVariations) &&
  !rule.disableStickyBucketing &&
  ((rule.hashAttribute || 'id') === 'id' || rule.fallbackAttribute === 'id')
