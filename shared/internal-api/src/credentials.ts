import { z } from 'zod'

import { endpoint } from './endpoint.ts'
import { newPasswordHash, passwordHash } from './passwords.ts'
import { text } from './text.ts'
import { userId, userStatuses } from './users.ts'
import { uuid } from './uuid.ts'

const guessKeys = z.array(text(300).min(1)).min(1).max(10)
const guesses = z.strictObject({ guessKeys })

const credentials = z.object({
  userId: z.uuid(),
  status: z.enum(userStatuses),
  passwordHash: z.string().nullable(),
})

export type Credentials = z.output<typeof credentials>

/** main-service stores password hashes and counts password attempts; auth-service checks passwords. */
export const credentialEndpoints = {
  /** Counts as an attempt at the password. */
  findByEmail: endpoint({
    method: 'post',
    path: '/internal/credentials',
    body: z.strictObject({ email: text(1_000), guessKeys }),
    answers: { 200: credentials },
    problems: ['too-many-attempts'],
  }),

  /** Counts as an attempt at the password. */
  findById: endpoint({
    method: 'post',
    path: '/internal/users/:id/credentials',
    params: userId,
    body: guesses,
    answers: { 200: credentials },
    problems: ['too-many-attempts'],
  }),

  /** Resets the count of attempts after a correct password. */
  forgetGuesses: endpoint({
    method: 'post',
    path: '/internal/guesses/forget',
    body: guesses,
    answers: { 204: null },
  }),

  /** Replaces the password hash and ends every other session. */
  replacePassword: endpoint({
    method: 'put',
    path: '/internal/users/:id/password',
    params: userId,
    body: z.strictObject({
      passwordHash: newPasswordHash,
      currentHash: passwordHash.optional().describe('The hash that the current password was checked against.'),
      exceptSession: uuid.optional(),
    }),
    answers: { 204: null },
    problems: ['wrong-password'],
  }),
}
