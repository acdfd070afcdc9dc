import { apiKeyEndpoints, label, uuid } from '@likeness/internal-api'
import { created, internalRoute, noContent, ok, page, pageOf, pageQuery, type Route } from '@likeness/service-kit/http'
import { permissionPattern } from '@likeness/service-kit/identity'
import { problems, type Caller } from '@likeness/service-kit/process'
import { z } from 'zod'

import type { Context } from '../context.ts'
import { route } from '../route.ts'
import { apiKeySchema, presentApiKey } from './api-key-presenter.ts'
import { apiKeyOrder, listApiKeys } from './api-key-rows.ts'
import { createApiKey } from './create-api-key.ts'
import { readKeyIdentity } from './read-key-identity.ts'
import { revokeApiKey } from './revoke-api-key.ts'

const permissions = z
  .array(z.string().max(100).regex(permissionPattern, 'must be resource:action or resource:action:own'))
  .min(1, 'must name at least one permission')
  .max(100)
  .transform((names) => [...new Set(names)])
  .describe('Names of permissions. The caller must have all of them.')

const expiresAt = z.iso
  .datetime({ offset: true })
  .transform((time) => new Date(time))
  .refine((time) => time.getTime() > Date.now(), 'must be in the future')
  .nullable()
  .default(null)
  .describe('Time at which the key expires. Null: the key never expires.')

const keyId = z.object({ id: uuid.describe('Id of the API key.') })

const newApiKeySchema = apiKeySchema
  .extend({ key: z.string().describe('The API key, a secret. No other response contains it.') })
  .meta({ id: 'NewApiKey', description: 'The created API key, with its secret.' })

/** API keys of the caller, for scripts and other services. */
export const apiKeyRoutes = ({ maindb }: Context): Route[] =>
  forLoggedIn([
    route({
      operationId: 'listApiKeys',
      method: 'get',
      path: '/api-keys',
      access: 'signed-in',
      summary: "List the caller's API keys",
      description: 'The list includes expired keys, but not revoked keys.',
      query: pageQuery(apiKeyOrder),
      answers: { 200: pageOf(apiKeySchema) },
      problems: ['session-required'],
      handle: async ({ query, caller, http }) =>
        page(
          http,
          query,
          await listApiKeys(maindb, caller.id, query),
          (rows) => rows.map(presentApiKey),
          () => maindb.ApiKey.count({ where: { userId: caller.id, revokedAt: null } }),
        ),
    }),
    route({
      operationId: 'createApiKey',
      method: 'post',
      path: '/api-keys',
      access: 'signed-in',
      feature: 'api-keys',
      summary: 'Create an API key',
      description:
        'Store `key`: no other response contains it. Send the key to any service as ' +
        '`Authorization: Bearer key_…`. A request with the key has the listed `permissions`, limited to the current ' +
        'permissions of the user who created the key.',
      body: z.strictObject({
        name: label(200).describe('A name by which you recognise the key.'),
        permissions,
        expiresAt,
      }),
      answers: { 201: newApiKeySchema },
      answersSecret: true,
      problems: ['session-required', 'grant-exceeds-own', 'too-many-keys', 'answer-not-repeatable'],
      handle: async ({ body, caller }) => {
        const { key, row } = await createApiKey(maindb, caller, body)
        return created(`/api/v1/api-keys/${row.id}`, { ...presentApiKey(row), key }, { 'Cache-Control': 'no-store' })
      },
    }),
    route({
      operationId: 'getApiKey',
      method: 'get',
      path: '/api-keys/:id',
      access: 'signed-in',
      summary: "Get one of the caller's API keys",
      description: 'Returns the name, the permissions and the expiry of the key, but not its secret.',
      params: keyId,
      answers: { 200: apiKeySchema },
      problems: ['session-required'],
      handle: async ({ params, caller }) => {
        const key = await maindb.ApiKey.findOne({ where: { id: params.id, userId: caller.id, revokedAt: null } })
        if (!key) throw problems.notFound('API key')
        return ok(presentApiKey(key))
      },
    }),
    route({
      operationId: 'revokeApiKey',
      method: 'delete',
      path: '/api-keys/:id',
      access: 'signed-in',
      summary: "Revoke one of the caller's API keys",
      description: 'Every service rejects the key within 5 seconds.',
      params: keyId,
      acceptsMatch: true,
      answers: { 204: null },
      problems: ['session-required'],
      handle: async ({ params, caller, ifMatch }) => {
        await revokeApiKey(maindb, caller, params.id, ifMatch)
        return noContent()
      },
    }),
  ])

export const internalApiKeyRoutes = ({ maindb }: Context): Route[] => [
  internalRoute(apiKeyEndpoints.identify, {
    summary: 'Find the creator of an API key and the claims of its tokens',
    handle: ({ body }) => readKeyIdentity(maindb, body.keyHash),
  }),
]

/** Requires a session. A request with an API key must not manage keys: a key that it creates could outlive it. */
function forLoggedIn(routes: Route[]): Route[] {
  return routes.map((definition) => ({
    ...definition,
    handle: (incoming) => {
      if ((incoming.caller as Caller).claims.sid === undefined) throw problems.sessionRequired()
      return definition.handle(incoming)
    },
  }))
}
