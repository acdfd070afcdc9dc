import { z } from 'zod'

import { claimsSchema } from './claims.ts'
import { endpoint } from './endpoint.ts'
import { passwordHash } from './passwords.ts'
import { sha256 } from './sha256.ts'
import { createdAt } from './times.ts'
import type { User } from './user.ts'
import { userId } from './users.ts'
import { uuid } from './uuid.ts'

/** A session, its user, and the claims of its access tokens. */
const identitySchema = z.object({
  sessionId: z.uuid(),
  // auth-service passes the user on unchanged. It does not check the other fields, so that it works with older and newer
  // builds of main-service.
  user: z
    .looseObject({ id: z.uuid(), email: z.string(), name: z.string() })
    .transform((user) => user as unknown as User),
  claims: claimsSchema,
  secondsLeft: z
    .int()
    .nullable()
    .describe('Seconds until the first of the roles expires. No token may be valid for longer.'),
})

export type Identity = z.output<typeof identitySchema>

/** A session in a list. */
export const sessionSchema = z.object({
  id: z.uuid().describe('Id of the session.'),
  device: z.string().nullable().describe('The User-Agent header of the login; null if the login had none.'),
  address: z.string().nullable().describe('IP address of the login or of the last refresh; null if it is unknown.'),
  createdAt,
  lastUsedAt: z.iso.datetime().describe('Time of the login or of the last refresh (ISO 8601, UTC).'),
})

/** Text from the client's request headers. It is truncated, never rejected. */
const clientText = z
  .string()
  .transform((value) => value.replaceAll('\0', '').toWellFormed().slice(0, 300))
  .nullable()
  .default(null)

const sessionId = z.object({ id: uuid })

/** main-service stores the sessions; auth-service reads and changes them. */
export const sessionEndpoints = {
  open: endpoint({
    method: 'post',
    path: '/internal/sessions',
    body: z.strictObject({
      id: uuid,
      userId: uuid,
      refreshTokenHash: sha256,
      device: clientText,
      address: clientText,
      passwordHash: passwordHash
        .optional()
        .describe('The hash that the password was checked against, if a password was checked.'),
    }),
    answers: { 201: identitySchema },
    problems: ['account-suspended', 'account-unverified', 'invalid-credentials'],
  }),

  /** The session of a refresh token, used or not. */
  findByRefreshToken: endpoint({
    method: 'post',
    path: '/internal/refresh-tokens/lookup',
    body: z.strictObject({ hash: sha256 }),
    answers: { 200: z.object({ sessionId: z.uuid() }) },
  }),

  /** Exchanges a refresh token for its successor. */
  rotate: endpoint({
    method: 'post',
    path: '/internal/sessions/:id/rotate',
    params: sessionId,
    body: z.strictObject({ spentHash: sha256, successorHash: sha256, address: clientText }),
    answers: { 200: identitySchema },
    problems: ['session-ended', 'refresh-token-reused'],
  }),

  end: endpoint({
    method: 'delete',
    path: '/internal/sessions/:id',
    params: sessionId,
    answers: { 204: null },
  }),

  listOfUser: endpoint({
    method: 'get',
    path: '/internal/users/:id/sessions',
    params: userId,
    answers: { 200: z.object({ data: z.array(sessionSchema) }) },
  }),

  endAllOfUser: endpoint({
    method: 'delete',
    path: '/internal/users/:id/sessions',
    params: userId,
    query: z.object({ except: uuid.optional() }),
    answers: { 204: null },
  }),

  endOneOfUser: endpoint({
    method: 'delete',
    path: '/internal/users/:id/sessions/:sessionId',
    params: userId.extend({ sessionId: uuid }),
    answers: { 204: null },
  }),
}
