import { newPassword, ok, route, typedPassword } from '@likeness/service-kit'
import { z } from 'zod'

import type { Context } from '../context.ts'

/** Hashing for main-service: the CPU for it is spent here, where it scales apart. */
export const internalPasswordRoutes = ({ passwords }: Context) => [
  route({
    method: 'post',
    path: '/password-hashes',
    access: 'service',
    summary: 'Hash a new password',
    body: z.strictObject({ password: newPassword }),
    answers: { 201: z.object({ passwordHash: z.string() }) },
    handle: async ({ body }) => ({ status: 201, body: { passwordHash: await passwords.hash(body.password) } }),
  }),
  route({
    method: 'post',
    path: '/password-checks',
    access: 'service',
    summary: 'Whether a password is the one of a hash',
    body: z.strictObject({ password: typedPassword, passwordHash: z.string().max(500).nullable() }),
    answers: { 200: z.object({ matches: z.boolean() }) },
    handle: async ({ body }) => ok({ matches: await passwords.matches(body.password, body.passwordHash) }),
  }),
]
