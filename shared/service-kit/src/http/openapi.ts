import { OpenAPIRegistry, OpenApiGeneratorV31, type RouteConfig } from '@asteasolutions/zod-to-openapi'
import { z } from 'zod'

import { problemSchema } from '../process/problem.ts'
import { everyServiceErrors, type ErrorSection } from './error-reference.ts'
import { acceptsIdempotencyKey, type IdempotencyStore } from './idempotency.ts'
import { permissionOf, type Access, type Route } from './route.ts'

export interface OpenApiOptions {
  title: string
  version: string
  description: string
  routes: Route[]
  /** With this store, routes that create something accept an `Idempotency-Key`. */
  idempotency?: IdempotencyStore | undefined
  /** The error codes of this service, in addition to the codes of every service. */
  errors?: () => ErrorSection[]
}

const aboutErrors =
  'Every error response has a stable `code`. Each operation lists the codes that are specific to it. Every operation ' +
  'can also return the codes of the section "All services" in the [error codes](/docs/errors).'

/**
 * The OpenAPI 3.1 document, generated from the routes themselves, so that it always matches them. It leaves out
 * `/internal`, which is not for clients.
 */
export function describeRoutes(options: OpenApiOptions): object {
  const { title, version, description, routes, idempotency, errors = () => [] } = options
  const registry = new OpenAPIRegistry()
  registry.registerComponent('securitySchemes', 'accessToken', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'An access token from auth-service, or an API key (`key_…`).',
  })
  const statuses = statusesOf([everyServiceErrors(), ...errors()])
  for (const route of routes.filter(({ access }) => access !== 'service')) {
    const acceptsKey = idempotency !== undefined && acceptsIdempotencyKey(route)
    registry.registerPath(describeRoute(route, { acceptsKey, statuses }))
  }
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title,
      version,
      description: `${description}\n\n${aboutErrors}`,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/api/v1' }],
  })
}

/** The HTTP statuses that each code is returned with. */
type Statuses = Map<string, number[]>

const statusesOf = (sections: ErrorSection[]): Statuses =>
  new Map(sections.flatMap(({ entries }) => entries.map(({ code, statuses }) => [code, statuses])))

function describeRoute(
  route: Route,
  { acceptsKey, statuses }: { acceptsKey: boolean; statuses: Statuses },
): RouteConfig {
  const { access } = route
  const body = describeBody(route)
  const problems = problemsOf(route)
  return {
    operationId: route.operationId,
    method: route.method,
    path: route.path.replace(/:(\w+)/g, '{$1}'),
    tags: [route.path.split('/')[1] ?? ''],
    summary: route.summary,
    description: [
      route.description,
      describeAccess(route),
      describeFeature(route),
      describeProblems(problems, statuses),
    ]
      .filter(Boolean)
      .join('\n\n'),
    security: describeSecurity(access),
    'x-permission': permissionOf(access) ?? null,
    ...(route.ownedByNobody ? { 'x-owned-by-nobody': true } : {}),
    ...(route.feature === undefined ? {} : { 'x-feature': route.feature }),
    ...(problems.length > 0 ? { 'x-problems': problems } : {}),
    request: {
      ...(route.params ? { params: route.params as z.ZodObject } : {}),
      ...(route.query ? { query: route.query as z.ZodObject } : {}),
      headers: z.object({
        ...(route.requiresMatch ? { 'If-Match': ifMatch } : {}),
        ...(route.acceptsMatch ? { 'If-Match': ifMatch.optional() } : {}),
        ...(acceptsKey ? { 'Idempotency-Key': idempotencyKey } : {}),
      }),
      ...(body ? { body: { content: { [route.receive?.contentType ?? 'application/json']: { schema: body } } } } : {}),
    },
    responses: {
      ...Object.fromEntries(
        Object.entries(route.answers).map(([status, answer]) => [status, describeAnswer(status, answer)]),
      ),
      default: {
        description: 'An error response (RFC 9457).',
        content: { 'application/problem+json': { schema: problemSchema } },
      },
    },
  } as RouteConfig
}

const idempotencyKey = z
  .string()
  .optional()
  .describe(
    'A new value for each new request, such as a UUID: 1 to 255 visible ASCII characters. If the request is repeated with the same key within 24 hours, it is not executed again, and the first response is returned. Each API key has its own Idempotency-Keys, separate from those of its creator.',
  )

const ifMatch = z
  .string()
  .describe(
    'The `ETag` of the resource that you read. If the resource has changed since then, the response is 412 `precondition-failed`.',
  )

function describeBody({ body, receive }: Route): z.ZodType | undefined {
  if (!receive?.fileField) return body ?? receive?.form
  return (body as z.ZodObject).extend({ [receive.fileField]: z.string().meta({ format: 'binary' }) })
}

/** The descriptions of responses that are files or streams, by media type. */
const files: Record<string, string> = {
  'application/zip': 'The ZIP file.',
  'image/*': 'The image file.',
  'text/event-stream': 'An event stream.',
}

/** Describes a response by the description or the name of its schema, such as "The created media." */
function describeAnswer(status: string, answer: z.ZodType | string | null) {
  if (answer === null) return { description: 'Success. The response has no body.' }
  if (typeof answer === 'string') {
    const schema = { type: 'string', format: 'binary' }
    return { description: files[answer] ?? 'The file.', content: { [answer]: { schema } } }
  }
  const { description, id = 'Result' } = z.globalRegistry.get(answer) ?? {}
  const name = id.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase()
  return {
    description: description ?? `The ${status === '201' ? 'created ' : ''}${name}.`,
    content: { 'application/json': { schema: answer } },
  }
}

function describeSecurity(access: Access) {
  if (access === 'no-token') return []
  const token = { accessToken: [] }
  return access === 'anyone' || access.endsWith(' or public') ? [{}, token] : [token]
}

function describeAccess({ access, ownedByNobody }: Route): string {
  const permission = permissionOf(access)
  if (access === 'signed-in') return 'Requires a token, but no permission.'
  if (!permission) return 'Requires no token.'
  if (ownedByNobody) return `Requires the permission \`${permission}\`; \`${permission}:own\` is not sufficient.`
  const needed = `Requires the permission \`${permission}\`, or \`${permission}:own\` for your own data.`
  return access.endsWith(' or public') ? `${needed} Public data requires no token.` : needed
}

const describeFeature = ({ feature }: Route) =>
  feature === undefined
    ? ''
    : `Requires the feature \`${feature}\`; if the feature is off, the response is 403 \`feature-disabled\`.`

/** The codes that follow from the definition of a route, and the codes that the route declares. */
function problemsOf({ params, requiresMatch, acceptsMatch, problems = [] }: Route): string[] {
  const codes = [
    ...(params ? ['not-found'] : []),
    ...problems,
    ...(requiresMatch ? ['precondition-required'] : []),
    ...(requiresMatch || acceptsMatch ? ['precondition-failed'] : []),
  ]
  return [...new Set(codes)]
}

/** The codes of a route, each with its statuses and a link to its explanation. */
function describeProblems(problems: string[], statuses: Statuses): string {
  if (problems.length === 0) return ''
  const links = problems.map((code) => `${(statuses.get(code) ?? []).join(' or ')} [\`${code}\`](/docs/errors#${code})`)
  return `Errors: ${links.join(', ')}.`
}
