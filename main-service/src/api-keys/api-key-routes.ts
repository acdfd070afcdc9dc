import { apiKeyEndpoints } from '@likeness/internal-api'
import {
  created,
  internalRoute,
  noContent,
  ok,
  page,
  pageOf,
  pageQuery,
  uuid,
  type Route,
} from '@likeness/service-kit/http'
import { permissionPattern } from '@likeness/service-kit/identity'
import { label, problems, type Caller } from '@likeness/service-kit/process'
import { z } from 'zod'

import type { Context } from '../context.ts'
import { route } from '../route.ts'
import { apiKeySchema, presentApiKey } from './api-key-presenter.ts'
import { apiKeyOrder, listApiKeys } from './api-key-rows.ts'
import { createApiKey } from './create-api-key.ts'
import { readKeyIdentity } from './key-identity.ts'
import { revokeApiKey } from './revoke-api-key.ts'

const permissions = z
  .array(z.string().max(100).regex(permissionPattern, 'must be resource:action or resource:action:own'))
  .min(1, 'must name what the key may')
  .max(100)
  .transform((names) => [...new Set(names)])

const expiresAt = z.iso
  .datetime({ offset: true })
  .transform((time) => new Date(time))
  .refine((time) => time.getTime() > Date.now(), 'must be in the future')
  .nullable()
  .default(null)

const keyId = z.object({ id: uuid })

/** The caller's own keys, for machine clients of theirs. */
export const apiKeyRoutes = ({ maindb }: Context): Route[] =>
  forLoggedIn([
    route({
      method: 'get',
      path: '/api-keys',
      access: 'signed-in',
      summary: "List the caller's API keys",
      description: 'Those that were revoked are not among them; those that have expired are.',
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
      method: 'post',
      path: '/api-keys',
      access: 'signed-in',
      feature: 'api-keys',
      summary: 'Make an API key',
      description:
        '`key` is shown here and never again. It is sent as `Authorization: Bearer key_…` to any service, and may what ' +
        '`permissions` name, of what the caller may at that moment.',
      body: z.strictObject({ name: label(200), permissions, expiresAt }),
      answers: { 201: apiKeySchema.extend({ key: z.string() }).meta({ id: 'NewApiKey' }) },
      answersSecret: true,
      problems: ['session-required', 'grant-exceeds-own', 'too-many-keys', 'answer-not-repeatable'],
      handle: async ({ body, caller }) => {
        const { key, row } = await createApiKey(maindb, caller, body)
        return created(`/api/v1/api-keys/${row.id}`, { ...presentApiKey(row), key }, { 'Cache-Control': 'no-store' })
      },
    }),
    route({
      method: 'get',
      path: '/api-keys/:id',
      access: 'signed-in',
      summary: "Read one of the caller's API keys",
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
      method: 'delete',
      path: '/api-keys/:id',
      access: 'signed-in',
      summary: "Revoke one of the caller's API keys",
      description: 'Every service refuses it within 5 s, for good.',
      params: keyId,
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
    summary: 'The maker of an API key, and the claims of its token',
    handle: ({ body }) => readKeyIdentity(maindb, body.keyHash),
  }),
]

/** A key neither makes other keys, which would outlive it, nor sees or revokes them. */
function forLoggedIn(routes: Route[]): Route[] {
  return routes.map((definition) => ({
    ...definition,
    handle: (incoming) => {
      if ((incoming.caller as Caller).claims.sid === undefined) throw problems.sessionRequired()
      return definition.handle(incoming)
    },
  }))
}
