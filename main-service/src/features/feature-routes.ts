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
  .describe('More to evaluate by, as a JSON object; who the caller is cannot be said here.')
const query = z.object({ attributes })
const value = z.unknown()

const gatesTold = gateKeys
  .map((key) => `- \`${key}\` (${gates[key].standard ? 'on' : 'off'}): ${gates[key].decides}`)
  .join('\n')

/** What is switched on, for whoever asks. */
export const featureRoutes = ({ features }: Context): Route[] => [
  route({
    method: 'get',
    path: '/features',
    access: 'anyone',
    summary: 'Every feature, evaluated for the caller',
    description: `Of these the product itself makes decisions, with what holds where nothing else is said:\n\n${gatesTold}`,
    query,
    answers: { 200: z.object({ features: z.record(z.string(), value) }) },
    handle: async ({ caller, query: { attributes: told } }) => {
      const values = await features.all(attributesOf(caller, told))
      return ok({ features: Object.fromEntries(values.map((feature) => [feature.key, feature.value])) })
    },
  }),
  route({
    method: 'get',
    path: '/features/:key',
    access: 'anyone',
    summary: 'One feature, evaluated for the caller',
    params: z.object({ key: z.string() }),
    query,
    answers: { 200: z.object({ key: z.string(), value, source: z.string() }) },
    handle: async ({ caller, params, query: { attributes: told } }) => {
      const feature = await features.evaluate(params.key, attributesOf(caller, told))
      if (!feature) throw problems.notFound('feature')
      return ok(feature)
    },
  }),
]

/** What a client sends, less what only a token says: nobody becomes somebody else, and nobody's name is not taken. */
function attributesOf(caller: Caller | undefined, told: Record<string, unknown>): FeatureAttributes {
  const { id: _id, roles: _roles, emailDomain: _emailDomain, ...others } = told
  return { ...others, ...callerAttributes(caller) }
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
