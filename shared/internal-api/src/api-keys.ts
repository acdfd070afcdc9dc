import { z } from 'zod'

import { claimsSchema } from './claims.ts'
import { endpoint } from './endpoint.ts'
import { sha256 } from './sha256.ts'

/** An API key, its creator, and the permissions of both. */
const keyIdentitySchema = z.object({
  keyId: z.uuid(),
  userId: z.uuid(),
  scope: z.array(z.string()).describe('The permissions of the key: an upper limit, even if the creator has more.'),
  claims: claimsSchema.describe("The creator's permissions at this moment."),
  secondsLeft: z.int().nullable().describe("Seconds until the key or one of the creator's roles expires; null: never."),
})

export type KeyIdentity = z.output<typeof keyIdentitySchema>

/** main-service stores the hashes of API keys; auth-service exchanges keys for tokens. */
export const apiKeyEndpoints = {
  identify: endpoint({
    method: 'post',
    path: '/internal/api-keys/identity',
    body: z.strictObject({ keyHash: sha256 }),
    answers: { 200: keyIdentitySchema },
    problems: ['key-invalid', 'key-revoked', 'key-expired', 'key-maker-inactive'],
  }),
}
