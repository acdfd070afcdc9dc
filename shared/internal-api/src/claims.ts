import { z } from 'zod'

/** The audiences of tokens: clients' tokens are valid for the API, services' tokens for `/internal`. */
export const audiences = { api: 'likeness-api', internal: 'likeness-internal' } as const

/** The longest lifetime of each kind of token, in seconds. A service rejects a token that lasts longer. */
export const longestLifetimes = { api: 3_600, internal: 300 } as const

/** The claims of a user. main-service returns them, and auth-service signs them into an access token. */
export const claimsSchema = z.object({
  roles: z.array(z.string()).describe('Names of the roles of the user.'),
  permissions: z
    .array(z.string())
    .describe(
      'Permissions that the token has, such as `media:read:own`. `*` stands for one segment or for everything.',
    ),
  email: z.string().meta({ format: 'email', description: 'Email address of the user.' }),
  epoch: z.int().describe("A counter that increases with every change of the user's permissions."),
  roleEpochs: z
    .record(z.string(), z.int())
    .describe('A counter for each role, by role id. The counter increases with every change of the role.'),
})

/** The claims of a user's access token (RFC 9068, with claims specific to Likeness). Times in seconds since 1970. */
export const userClaimsSchema = z
  .object({
    iss: z.string().describe('The service that issued the token.'),
    aud: z.literal(audiences.api).describe('The services that accept the token.'),
    sub: z.uuid().describe('Id of the user.'),
    sid: z.uuid().optional().describe('Id of the session. The token of an API key has no `sid`.'),
    key: z
      .uuid()
      .optional()
      .describe('Id of the API key for which the token was issued. The token of a session has no `key`.'),
    iat: z.int().describe('Time at which the token was issued, in seconds since 1970.'),
    exp: z.int().describe('Time at which the token expires, in seconds since 1970.'),
    jti: z.string().describe('Id of the token.'),
    ...claimsSchema.shape,
  })
  .meta({ id: 'TokenClaims', description: 'The claims of an access token (RFC 9068).' })

/** The claims of a service token. */
export const serviceClaimsSchema = z.object({
  iss: z.string(),
  aud: z.literal(audiences.internal),
  sub: z.string(),
  iat: z.int(),
  exp: z.int(),
})

export type UserClaims = z.output<typeof userClaimsSchema>
