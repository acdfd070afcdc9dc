import { ok, type Route } from '@likeness/service-kit/http'
import { z } from 'zod'

import type { Context } from '../context.ts'
import { route } from '../route.ts'

const question = z.strictObject({
  keys: z.array(z.string().min(1).max(200)).min(1).max(50),
  attributes: z.looseObject({
    id: z.uuid().optional(),
    roles: z.array(z.string().max(64)).max(200).optional(),
    emailDomain: z.string().max(254).optional(),
  }),
})
const answer = z.object({ features: z.record(z.string(), z.object({ value: z.unknown(), source: z.string() })) })

/** What the other services ask, for whoever asked them. */
export const internalFeatureRoutes = ({ features }: Context): Route[] => [
  route({
    method: 'post',
    path: '/features/evaluate',
    access: 'service',
    summary: 'Some features, evaluated for somebody; unknown ones are left out',
    body: question,
    answers: { 200: answer },
    handle: async ({ body: { keys, attributes } }) => {
      const values = await features.evaluateSome([...new Set(keys)], attributes)
      return ok({ features: Object.fromEntries(values.map(({ key, value, source }) => [key, { value, source }])) })
    },
  }),
]
