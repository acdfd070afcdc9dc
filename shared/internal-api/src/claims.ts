import { z } from 'zod'

/** The audiences of tokens: clients' tokens are valid for the API, services' tokens for `/internal`. */
export const audiences = { api: 'likeness-api', internal: 'likeness-internal' } as const

/** The longest lifetime of each kind of token, in seconds. A service rejects a token that lasts longer. */
export const longestLifetimes = { api: 3_600, internal: 300 } as const

/** The claims of a user. main-service returns them, and auth-service signs them into an access token. */
export const claimsSchema = z.object({
  roles: z.array(z.string()),
  permissions: z.array(z.string()),
  email: z.string(),
  epoch: z.int().describe("A counter that increases with every change of the user's permissions."),
  roleEpochs: z
    .record(z.string(), z.int())
    .describe('A counter for each role, by role id. The counter increases with every change of the role.'),
})

/** The claims of a user's access token (RFC 9068, with claims specific to Likeness). Times in seconds since 1970. */
export const userClaimsSchema = z.object({
  iss: z.string(),
  aud: z.literal(audiences.api),
  sub: z.uuid().describe('Id of the user.'),
  sid: z.uuid().optional().describe('Id of the session. The token of an API key has no `sid`.'),
  key: z
    .uuid()
    .optional()
    .describe('Id of the API key for which the token was issued. The token of a session has no `key`.'),
  iat: z.int(),
  exp: z.int(),
  jti: z.string(),
  ...claimsSchema.shape,
})

/** The claims of a service token. */
export const serviceClaimsSchema = z.object({
  iss: z.string(),
  aud: z.literal(audiences.internal),
  sub: z.string(),
  iat: z.int(),
  exp: z.int(),
})

export type UserClaims = z.output<typeof userClaimsSchema>
