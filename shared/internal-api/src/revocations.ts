import { z } from 'zod'

/**
 * One entry of the feed: tokens of this user, role, session or key below this epoch are refused. One entry for a role,
 * however many users have it; a session and a key have one life, and end at epoch 1.
 */
const revocationSchema = z.object({
  kind: z.enum(['user', 'role', 'session', 'key']),
  id: z.uuid(),
  minEpoch: z.int(),
})

export const revocationPageSchema = z.object({
  entries: z.array(revocationSchema),
  cursor: z.string().describe('Opaque: sent as `after`, it gets what has come since.'),
})

export type Revocation = z.output<typeof revocationSchema>
export type RevocationPage = z.output<typeof revocationPageSchema>
