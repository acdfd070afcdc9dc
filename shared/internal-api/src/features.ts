import { z } from 'zod'

import { endpoint } from './endpoint.ts'

/**
 * The features that services other than main-service ask about. `standard` applies while GrowthBook, or the file, does
 * not define the feature, and while main-service does not answer.
 */
export const sharedGates = {
  'media-avif': { standard: true, decides: 'Whether a size that is asked for without a format may be AVIF.' },
} as const

/** main-service evaluates features. */
export const featureEndpoints = {
  /** Evaluates some features for a user. Unknown features are left out. */
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
