import { z } from 'zod'

import { endpoint } from './endpoint.ts'
import { text } from './text.ts'

/**
 * An entry of the feed: tokens of this user, role, session or key with a lower epoch are rejected. One entry of a role
 * applies to all users with the role. Ended sessions and revoked keys have epoch 1.
 */
const revocationSchema = z.object({
  kind: z.enum(['user', 'role', 'session', 'key']),
  id: z.uuid(),
  minEpoch: z.int(),
})

const revocationPageSchema = z.object({
  entries: z.array(revocationSchema),
  cursor: z.string().describe('Opaque. Send it as `after` to get the later entries.'),
})

export type Revocation = z.output<typeof revocationSchema>
export type RevocationPage = z.output<typeof revocationPageSchema>

/** auth-service reads the feed from main-service, and every other service reads it from auth-service. */
export const revocationEndpoints = {
  /** The entries since a cursor, or a snapshot without a cursor. */
  follow: endpoint({
    method: 'get',
    path: '/internal/revocations',
    query: z.object({
      after: text(4_000).optional(),
      wait: z.coerce.number<number>().int().min(0).max(20).default(0).describe('Seconds to wait for a new entry.'),
    }),
    answers: { 200: revocationPageSchema },
  }),
}
