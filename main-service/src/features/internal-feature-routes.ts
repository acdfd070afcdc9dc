import { featureEndpoints } from '@likeness/internal-api'
import { internalRoute, type Route } from '@likeness/service-kit/http'

import type { Context } from '../context.ts'

/** Evaluates features for the other services, which send the attributes of their callers. */
export const internalFeatureRoutes = ({ features }: Context): Route[] => [
  internalRoute(featureEndpoints.evaluate, {
    summary: 'Evaluate features by key; unknown features are left out',
    handle: async ({ body: { keys, attributes } }) => {
      const values = await features.evaluateSome([...new Set(keys)], attributes)
      return { features: Object.fromEntries(values.map(({ key, value, source }) => [key, { value, source }])) }
    },
  }),
]
