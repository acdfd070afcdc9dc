import { z } from 'zod'

import { endpoint } from './endpoint.ts'
import { text } from './text.ts'

/** A password that is checked. */
const password = text(128)

/** NIST SP 800-63B: length is what counts; no rules of composition. */
export const newPassword = password.min(10, 'must have at least 10 characters')

export const passwordHash = z.string().max(500)
export const newPasswordHash = passwordHash.min(1)

/** auth-service hashes: its CPU, so that hashing scales apart from main-service. */
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
    body: z.strictObject({ password, passwordHash: passwordHash.nullable() }),
    answers: { 200: z.object({ matches: z.boolean() }) },
  }),
}
