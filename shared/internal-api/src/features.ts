import { z } from 'zod'

import { endpoint } from './endpoint.ts'

/**
 * The features that services other than main-service use. `standard` applies while neither GrowthBook nor the features
 * file defines the feature, and while main-service is unavailable.
 */
export const sharedGates = {
  'media-avif': { standard: true, description: 'Whether a request for a size without a format can return AVIF.' },
} as const

/** main-service evaluates features. */
export const featureEndpoints = {
  /** Evaluates these features for a user. The response omits unknown features. */
  evaluate: endpoint({
    method: 'post',
    path: '/internal/features/evaluate',
    body: z.strictObject({
      keys: z.array(z.string().min(1).max(200)).min(1).max(50),
      attributes: z.looseObject({
        id: z.uuid().optional(),
        roles: z.array(z.string().max(64)).max(200).optional(),
        emailDomain: z.string().max(254).optional(),
      }),
    }),
    answers: {
      200: z.object({ features: z.record(z.string(), z.object({ value: z.unknown(), source: z.string() })) }),
    },
  }),
}
