import { ok } from '@likeness/service-kit/http'
import { tokenExchange } from '@likeness/service-kit/identity'
import { z } from 'zod'

import type { Context } from '../context.ts'
import { route } from '../route.ts'

const keySetSchema = z
  .object({
    keys: z
      .array(
        z
          .object({
            kty: z.string().describe('Key type: `EC`.'),
            crv: z.string().describe('Curve: `P-256`.'),
            x: z.string().describe('First coordinate of the point on the curve, in base64url.'),
            y: z.string().describe('Second coordinate of the point on the curve, in base64url.'),
            kid: z.string().describe('Id of the key, as in the header of a token.'),
            alg: z.string().describe('Signature algorithm: `ES256`.'),
            use: z.string().describe('Use of the key: `sig`, to verify signatures.'),
          })
          .meta({ id: 'PublicKey', description: 'A public key (RFC 7517).' }),
      )
      .describe('The keys that verify the tokens of this system.'),
  })
  .meta({ id: 'PublicKeys', description: 'A set of public keys (RFC 7517).' })

const metadataSchema = z
  .object({
    issuer: z.url().describe('The issuer of the tokens: the claim `iss`.'),
    token_endpoint: z.url().describe('URL that exchanges an API key for an access token.'),
    jwks_uri: z.url().describe('URL of the public keys.'),
    response_types_supported: z
      .array(z.string().describe('A response type.'))
      .describe('Response types of an authorization endpoint. Empty, because there is no such endpoint.'),
    grant_types_supported: z
      .array(z.string().describe('A grant type.'))
      .describe('The values of `grant_type` that the token endpoint accepts.'),
    token_endpoint_auth_methods_supported: z
      .array(z.string().describe('A method.'))
      .describe('The methods by which a client can authenticate at the token endpoint.'),
    service_documentation: z.url().describe('URL of the documentation.'),
  })
  .meta({ id: 'ServerMetadata', description: 'The metadata of this authorization server (RFC 8414).' })

const cacheable = { 'Cache-Control': 'public, max-age=300' }

export const wellKnownRoutes = ({ signingKey, environment }: Context) => [
  route({
    operationId: 'getPublicKeys',
    method: 'get',
    path: '/.well-known/jwks.json',
    access: 'no-token',
    summary: 'Get the public keys that verify tokens (RFC 7517)',
    description: 'Services verify access tokens with these keys. The response can be cached for 5 minutes.',
    answers: { 200: keySetSchema },
    handle: async (_incoming) => ok({ keys: [signingKey.jwk] }, cacheable),
  }),
  route({
    operationId: 'getServerMetadata',
    method: 'get',
    path: '/.well-known/oauth-authorization-server',
    access: 'no-token',
    summary: 'Get the metadata of this authorization server (RFC 8414)',
    description: 'The response can be cached for 5 minutes.',
    answers: { 200: metadataSchema },
    handle: async (_incoming) => ok(metadata(environment.TOKEN_ISSUER), cacheable),
  }),
]

function metadata(issuer: string) {
  const at = (path: string) => new URL(path, issuer).href
  return {
    issuer,
    token_endpoint: at('/api/v1/oauth/token'),
    jwks_uri: at('/.well-known/jwks.json'),
    response_types_supported: [],
    grant_types_supported: ['client_credentials', tokenExchange.grantType],
    // `none` is for the token exchange: the API key itself authenticates the client.
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
    service_documentation: at('/docs/'),
  }
}
