import { ok, type Route } from '@likeness/service-kit/http'
import { callerAttributes } from '@likeness/service-kit/identity'
import { type Caller, problems } from '@likeness/service-kit/process'
import { z } from 'zod'

import type { Context } from '../context.ts'
import { route } from '../route.ts'
import type { FeatureAttributes } from './features.ts'
import { gateKeys, gates } from './gates.ts'

const attributes = z
  .string()
  .max(4_000)
  .optional()
  .transform((json, context): Record<string, unknown> => {
    if (json === undefined) return {}
    const parsed = z.record(z.string(), z.unknown()).safeParse(parse(json))
    if (parsed.success) return parsed.data
    context.addIssue('must be a JSON object')
    return z.NEVER
  })
  .describe(
    'Additional attributes for the evaluation, as a JSON object. `id`, `roles` and `emailDomain` are ignored, because they are taken from the access token.',
  )
const query = z.object({ attributes })
const value = z.unknown().describe('Value of the feature: true or false, a number, a text, or any other JSON value.')

const featuresSchema = z
  .object({ features: z.record(z.string(), value).describe('The values of all features, by key.') })
  .meta({ id: 'Features', description: 'The values of all features for the caller.' })

const featureSchema = z
  .object({
    key: z.string().describe('Key of the feature.'),
    value,
    source: z
      .string()
      .describe(
        'Source of the value in the terms of GrowthBook, such as `defaultValue` or `experiment`. `gate`: the default value in the code of Likeness.',
      ),
  })
  .meta({ id: 'Feature', description: 'A feature with its value for the caller.' })

const gateList = gateKeys
  .map((key) => `- \`${key}\` (${gates[key].standard ? 'on' : 'off'}): ${gates[key].description}`)
  .join('\n')

export const featureRoutes = ({ features }: Context): Route[] => [
  route({
    operationId: 'listFeatures',
    method: 'get',
    path: '/features',
    access: 'anyone',
    summary: 'Evaluate all features for the caller',
    description: `Likeness itself uses these features (default value in parentheses):\n\n${gateList}`,
    query,
    answers: { 200: featuresSchema },
    handle: async ({ caller, query: { attributes: sent } }) => {
      const values = await features.all(attributesOf(caller, sent))
      return ok({ features: Object.fromEntries(values.map((feature) => [feature.key, feature.value])) })
    },
  }),
  route({
    operationId: 'getFeature',
    method: 'get',
    path: '/features/:key',
    access: 'anyone',
    summary: 'Evaluate one feature for the caller',
    description: 'Returns the value for the caller: rules can depend on the user, their roles and the sent attributes.',
    params: z.object({ key: z.string().describe('Key of the feature.') }),
    query,
    answers: { 200: featureSchema },
    handle: async ({ caller, params, query: { attributes: sent } }) => {
      const feature = await features.evaluate(params.key, attributesOf(caller, sent))
      if (!feature) throw problems.notFound('feature')
      return ok(feature)
    },
  }),
]

/** The client's attributes, without the attributes that only a token sets, so that nobody can claim to be another user. */
function attributesOf(caller: Caller | undefined, sent: Record<string, unknown>): FeatureAttributes {
  const { id: _id, roles: _roles, emailDomain: _emailDomain, ...others } = sent
  return { ...others, ...callerAttributes(caller) }
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
