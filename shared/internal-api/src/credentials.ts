import { z } from 'zod'

import { endpoint } from './endpoint.ts'
import { newPasswordHash, passwordHash } from './passwords.ts'
import { text } from './text.ts'
import { userId, userStatuses } from './users.ts'
import { uuid } from './uuid.ts'

const guessKeys = z.array(text(300).min(1)).min(1).max(10)
const guesses = z.strictObject({ guessKeys })
/**
 * Whether the attempt counts for the network address of the client too. Not for a login from a known device. main-service
 * reads the address from the headers that every call has. Optional, so that an older auth-service can call.
 */
const countsNetwork = z.boolean().default(false)

const credentials = z.object({
  userId: z.uuid(),
  status: z.enum(userStatuses),
  passwordHash: z.string().nullable(),
})

export type Credentials = z.output<typeof credentials>

/** main-service stores password hashes and counts password attempts; auth-service checks passwords. */
export const credentialEndpoints = {
  /**
   * Counts as an attempt at the password. For an unknown address, the response has no password hash, and some id. So the
   * work is the same as for a known address, and its duration reveals nothing.
   */
  findByEmail: endpoint({
    method: 'post',
    path: '/internal/credentials',
    body: z.strictObject({ email: text(1_000), guessKeys, countsNetwork }),
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

  /** Resets the count of attempts after a correct password, and takes them off the count of the network address. */
  forgetGuesses: endpoint({
    method: 'post',
    path: '/internal/guesses/forget',
    body: guesses.extend({ countsNetwork }),
    answers: { 204: null },
  }),

  /** Counts a wrong token or client secret for the network address of the client. */
  countWrongToken: endpoint({
    method: 'post',
    path: '/internal/wrong-tokens',
    answers: { 204: null },
    problems: ['too-many-attempts'],
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
