import { z } from 'zod'

import { emailAddress } from './email.ts'
import { endpoint } from './endpoint.ts'
import { newPasswordHash } from './passwords.ts'
import { label } from './text.ts'
import { uuid } from './uuid.ts'

/** Only `active` users may sign in; an `unverified` user has not confirmed their email address yet. */
export const userStatuses = ['active', 'invited', 'unverified', 'suspended'] as const

export const personName = label(200).describe('Name of the user: 1 to 200 characters.')

export const userId = z.object({ id: uuid })

/** main-service stores the users. */
export const userEndpoints = {
  /**
   * Counts a registration for the network address of the client, and checks that registration is open for the address.
   * auth-service calls it before it hashes a password.
   */
  admitRegistration: endpoint({
    method: 'post',
    path: '/internal/registrations',
    body: z.strictObject({ email: emailAddress }),
    answers: { 204: null },
    problems: ['registration-closed', 'too-many-attempts'],
  }),

  register: endpoint({
    method: 'post',
    path: '/internal/users',
    body: z.strictObject({ email: emailAddress, name: personName, passwordHash: newPasswordHash }),
    answers: { 201: z.object({ userId: z.uuid() }) },
    problems: ['registration-closed', 'email-taken'],
  }),

  /** The response omits unknown and deleted users. */
  findNames: endpoint({
    method: 'post',
    path: '/internal/users/names',
    body: z.strictObject({ ids: z.array(uuid).max(200) }),
    answers: { 200: z.object({ data: z.array(z.object({ id: z.uuid(), name: z.string() })) }) },
  }),
}
