import { z } from 'zod'

import { endpoint } from './endpoint.ts'
import { newPassword, typedPassword } from './password.ts'

export const passwordHash = z.string().max(500)
export const newPasswordHash = passwordHash.min(1)

/** auth-service hashes passwords, so that this CPU load scales separately. */
export const passwordEndpoints = {
  hash: endpoint({
    method: 'post',
    path: '/internal/password-hashes',
    body: z.strictObject({ password: newPassword }),
    answers: { 201: z.object({ passwordHash: z.string() }) },
  }),

  check: endpoint({
    method: 'post',
    path: '/internal/password-checks',
    body: z.strictObject({ password: typedPassword, passwordHash: passwordHash.nullable() }),
    answers: { 200: z.object({ matches: z.boolean() }) },
  }),
}
