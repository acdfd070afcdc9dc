import { OpenAPIRegistry, OpenApiGeneratorV31, type RouteConfig } from '@asteasolutions/zod-to-openapi'
import { z } from 'zod'

import { problemSchema } from '../process/problem.ts'
import { takesIdempotencyKey, type IdempotencyStore } from './idempotency.ts'
import { permissionOf, type Access, type Route } from './route.ts'

export interface OpenApiOptions {
  title: string
  version: string
  description: string
  routes: Route[]
  /** With a store of answers, creating routes accept an `Idempotency-Key`. */
  idempotency?: IdempotencyStore | undefined
}

/**
 * The OpenAPI 3.1 document, generated from the routes themselves, so that it always matches them. It leaves out
 * `/internal`, which is not for clients.
 */
export function describeRoutes({ title, version, description, routes, idempotency }: OpenApiOptions): object {
  const registry = new OpenAPIRegistry()
  registry.registerComponent('securitySchemes', 'accessToken', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'An access token from auth-service, or an API key (`key_…`) of a machine client.',
  })
  for (const route of routes.filter(({ access }) => access !== 'service')) {
    registry.registerPath(describeRoute(route, idempotency !== undefined && takesIdempotencyKey(route)))
  }
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: { title, version, description, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: '/api/v1' }],
  })
}

function describeRoute(route: Route, takesKey: boolean): RouteConfig {
  const { access } = route
  const body = describeBody(route)
  return {
    method: route.method,
    path: route.path.replace(/:(\w+)/g, '{$1}'),
    tags: [route.path.split('/')[1] ?? ''],
    summary: route.summary,
    description: [route.description, describeAccess(route), describeFeature(route), describeProblems(route)]
      .filter(Boolean)
      .join('\n\n'),
    security: describeSecurity(access),
    'x-permission': permissionOf(access) ?? null,
    ...(route.ownedByNobody ? { 'x-owned-by-nobody': true } : {}),
    ...(route.feature === undefined ? {} : { 'x-feature': route.feature }),
    ...(route.problems ? { 'x-problems': route.problems } : {}),
    request: {
      ...(route.params ? { params: route.params as z.ZodObject } : {}),
      ...(route.query ? { query: route.query as z.ZodObject } : {}),
      headers: z.object({
        ...(route.requiresMatch ? { 'If-Match': z.string() } : {}),
        ...(takesKey ? { 'Idempotency-Key': idempotencyKey } : {}),
      }),
      ...(body ? { body: { content: { [route.receive?.contentType ?? 'application/json']: { schema: body } } } } : {}),
    },
    responses: {
      ...Object.fromEntries(Object.entries(route.answers).map(([status, answer]) => [status, describeAnswer(answer)])),
      default: {
        description: 'A problem (RFC 9457).',
        content: { 'application/problem+json': { schema: problemSchema } },
      },
    },
  } as RouteConfig
}

const idempotencyKey = z
  .string()
  .optional()
  .describe('1 to 255 visible ASCII characters. The same key and body within 24 hours return the same answer.')

function describeBody({ body, receive }: Route): z.ZodType | undefined {
  if (!receive?.fileField) return body ?? receive?.form
  return (body as z.ZodObject).extend({ [receive.fileField]: z.string().meta({ format: 'binary' }) })
}

function describeAnswer(answer: z.ZodType | string | null) {
  if (answer === null) return { description: 'Done.' }
  if (typeof answer === 'string') {
    return { description: 'The bytes.', content: { [answer]: { schema: { type: 'string', format: 'binary' } } } }
  }
  return { description: 'Done.', content: { 'application/json': { schema: answer } } }
}

function describeSecurity(access: Access) {
  if (access === 'no-token') return []
  const token = { accessToken: [] }
  return access === 'anyone' || access.endsWith(' or public') ? [{}, token] : [token]
}

function describeAccess({ access, ownedByNobody }: Route): string {
  const permission = permissionOf(access)
  if (access === 'signed-in') return 'Needs a token, and no permission.'
  if (!permission) return 'Needs no token.'
  if (ownedByNobody) return `Needs the permission \`${permission}\`; \`${permission}:own\` is not sufficient.`
  const needed = `Needs the permission \`${permission}\`, or \`${permission}:own\` for one's own.`
  return access.endsWith(' or public') ? `${needed} What is public needs no token.` : needed
}

const describeFeature = ({ feature }: Route) =>
  feature === undefined ? '' : `Needs the feature \`${feature}\`: without it, the answer is 403 \`feature-disabled\`.`

const describeProblems = ({ problems }: Route) =>
  problems ? `Specific problems: ${problems.map((code) => `\`${code}\``).join(', ')}.` : ''
