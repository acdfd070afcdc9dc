import { z } from 'zod'

import { endpoint } from './endpoint.ts'
import { text } from './text.ts'

/**
 * An entry of the feed: tokens of this user, role, session or key below this epoch are refused. A role has one entry,
 * however many users have it. Sessions and keys end with epoch 1.
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

/** main-service answers the feed to auth-service, and auth-service to every other service. */
export const revocationEndpoints = {
  /** The entries since a cursor, or a snapshot without one. */
  follow: endpoint({
    method: 'get',
    path: '/internal/revocations',
    query: z.object({
      after: text(4_000).optional(),
      wait: z.coerce.number<number>().int().min(0).max(20).default(0).describe('Seconds to wait for an entry.'),
    }),
    answers: { 200: revocationPageSchema },
  }),
}
