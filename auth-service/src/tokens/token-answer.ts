import { userSchema, type Identity } from '@likeness/internal-api'
import { z } from 'zod'

import type { Context } from '../context.ts'

export const tokenAnswerSchema = z
  .object({
    accessToken: z
      .string()
      .describe('Access token, valid for `expiresIn` seconds. Send it as `Authorization: Bearer …`.'),
    refreshToken: z
      .string()
      .describe('Refresh token, which works once. Exchange it at `POST /auth/refresh` for new tokens.'),
    tokenType: z.literal('Bearer').describe('The type of the access token.'),
    expiresIn: z.int().min(0).describe('Lifetime of the access token in seconds.'),
    deviceToken: z
      .string()
      .optional()
      .describe(
        'Identifies this device. Store the value and send it with the next login from this device, so that failed attempts from other devices cannot lock this device out. The response to a refresh has no `deviceToken`.',
      ),
    user: userSchema,
  })
  .meta({ id: 'Tokens', description: 'The tokens of the session.' })

/** Responses with tokens must not be cached (RFC 6749 §5.1). */
export const noStore = { 'Cache-Control': 'no-store' }

export type TokenAnswer = z.output<typeof tokenAnswerSchema>

export function tokenAnswer({ signer }: Context, identity: Identity, refreshToken: string): TokenAnswer {
  const { accessToken, expiresIn } = signer.signAccessToken(identity)
  return { accessToken, refreshToken, tokenType: 'Bearer', expiresIn, user: identity.user }
}
