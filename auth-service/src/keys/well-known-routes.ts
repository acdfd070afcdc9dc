import { ok } from '@likeness/service-kit/http'
import { tokenExchange } from '@likeness/service-kit/identity'
import { z } from 'zod'

import type { Context } from '../context.ts'
import { route } from '../route.ts'

const cacheable = { 'Cache-Control': 'public, max-age=300' }

export const wellKnownRoutes = ({ signingKey, environment }: Context) => [
  route({
    operationId: 'getPublicKeys',
    method: 'get',
    path: '/.well-known/jwks.json',
    access: 'no-token',
    summary: 'Get the public keys that verify tokens (RFC 7517)',
    answers: { 200: z.object({ keys: z.array(z.unknown()) }) },
    handle: async (_incoming) => ok({ keys: [signingKey.jwk] }, cacheable),
  }),
  route({
    operationId: 'getServerMetadata',
    method: 'get',
    path: '/.well-known/oauth-authorization-server',
    access: 'no-token',
    summary: 'Get the metadata of this authorization server (RFC 8414)',
    answers: { 200: z.object({ issuer: z.string() }).loose() },
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
