import { ok, reply } from '@likeness/service-kit/http'
import { text } from '@likeness/service-kit/process'
import { z } from 'zod'

import type { Context } from '../context.ts'
import { route } from '../route.ts'
import { newPassword } from './passwords.ts'

/** Hashing for main-service: the CPU for it is spent here, where it scales apart. */
export const internalPasswordRoutes = ({ passwords }: Context) => [
  route({
    method: 'post',
    path: '/password-hashes',
    access: 'service',
    summary: 'Hash a new password',
    body: z.strictObject({ password: newPassword }),
    answers: { 201: z.object({ passwordHash: z.string() }) },
    handle: async ({ body }) => reply(201, { passwordHash: await passwords.hash(body.password) }),
  }),
  route({
    method: 'post',
    path: '/password-checks',
    access: 'service',
    summary: 'Whether a password is the one of a hash',
    body: z.strictObject({ password: text(128), passwordHash: z.string().max(500).nullable() }),
    answers: { 200: z.object({ matches: z.boolean() }) },
    handle: async ({ body }) => ok({ matches: await passwords.matches(body.password, body.passwordHash) }),
  }),
]
