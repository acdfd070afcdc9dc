import { OpenAPIRegistry, OpenApiGeneratorV31, type RouteConfig } from '@asteasolutions/zod-to-openapi'
import { z } from 'zod'

import { problemSchema } from '../process/problem.ts'
import { describeTags, tagOf, type ApiTag } from './api-tags.ts'
import {
  headersOfAnswer,
  headersOfPart,
  headersOfRequest,
  isFile,
  requestHeaders,
  responseHeaders,
} from './described-headers.ts'
import { ownProblemsOf, problemResponses, problemsOfOperation } from './described-problems.ts'
import { everyServiceErrors, type ErrorEntry, type ErrorSection } from './error-reference.ts'
import { acceptsIdempotencyKey, type IdempotencyStore } from './idempotency.ts'
import { permissionOf, type Access, type Route } from './route.ts'

export interface OpenApiOptions {
  title: string
  version: string
  description: string
  /** Under `/api/v1`. */
  routes: Route[]
  /** At the root. */
  rootRoutes?: Route[]
  tags?: ApiTag[]
  /** With this store, routes that create something accept an `Idempotency-Key`. */
  idempotency?: IdempotencyStore | undefined
  /** The error codes of this service, in addition to the codes of every service. */
  errors?: () => ErrorSection[]
  /** The codes that every operation returns while a dependency of the service is unavailable. */
  unavailable?: string[]
}

const aboutErrors =
  'Every error response has a stable `code`. Each operation lists the codes that it can return, by status. The page of ' +
  '[error codes](/docs/errors) explains each code.'

/**
 * The OpenAPI 3.1 document, generated from the routes themselves, so that it always matches them. It leaves out
 * `/internal`, which is not for clients.
 */
export function describeRoutes(options: OpenApiOptions): object {
  const { title, version, description, routes, rootRoutes = [], idempotency, tags = [], errors = () => [] } = options
  const registry = new OpenAPIRegistry()
  registry.registerComponent('securitySchemes', 'accessToken', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'An access token from auth-service, or an API key (`key_…`).',
  })
  for (const [name, header] of Object.entries(responseHeaders)) registry.registerComponent('headers', name, header)
  for (const [name, header] of Object.entries(requestHeaders)) registry.registerComponent('parameters', name, header)
  const entries = [everyServiceErrors(), ...errors()].flatMap((section) => section.entries)
  const place = {
    registry,
    tags,
    unavailable: options.unavailable ?? [],
    entries: new Map(entries.map((entry) => [entry.code, entry])),
    shared: new Set<string>(),
  }
  for (const route of routes.filter(({ access }) => access !== 'service')) {
    const acceptsKey = idempotency !== undefined && acceptsIdempotencyKey(route)
    registry.registerPath(describeRoute(route, acceptsKey, place))
  }
  for (const route of rootRoutes) {
    registry.registerPath({ ...describeRoute(route, false, { ...place, unavailable: [] }), servers: [{ url: '/' }] })
  }
  return new OpenApiGeneratorV31([{ type: 'schema', schema: problemSchema }, ...registry.definitions]).generateDocument(
    {
      openapi: '3.1.0',
      info: {
        title,
        version,
        description: `${description}\n\n${aboutErrors}`,
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/api/v1' }],
      ...(tags.length > 0 ? describeTags(tags) : {}),
    },
  )
}

/** The document to which the routes are added. */
interface Place {
  registry: OpenAPIRegistry
  tags: ApiTag[]
  unavailable: string[]
  entries: Map<string, ErrorEntry>
  /** The names of the responses that are registered as components. */
  shared: Set<string>
}

function describeRoute(route: Route, acceptsKey: boolean, place: Place): RouteConfig {
  const { access, description } = route
  const problems = ownProblemsOf(route)
  const body = describeBody(route)
  return {
    operationId: route.operationId,
    method: route.method,
    path: route.path.replace(/:(\w+)/g, '{$1}'),
    tags: [tagOf(route.path, place.tags)],
    summary: route.summary,
    description: [description, describeAccess(route), describeFeature(route)].filter(Boolean).join('\n\n'),
    security: describeSecurity(access),
    'x-permission': permissionOf(access) ?? null,
    ...(route.ownedByNobody ? { 'x-owned-by-nobody': true } : {}),
    ...(route.feature === undefined ? {} : { 'x-feature': route.feature }),
    ...(problems.length > 0 ? { 'x-problems': problems } : {}),
    parameters: headersOfRequest(route, acceptsKey),
    request: {
      ...(route.params ? { params: route.params as z.ZodObject } : {}),
      ...(route.query ? { query: route.query as z.ZodObject } : {}),
      ...(body ? { body } : {}),
    },
    responses: { ...describeAnswers(route, acceptsKey), ...describeErrors(route, acceptsKey, place) },
  } as RouteConfig
}

function describeBody({ operationId, body, receive }: Route) {
  const plain = body ?? receive?.form
  const schema = receive?.fileField ? withFile(plain as z.ZodObject, receive.fileField, receive.severalFiles) : plain
  if (!schema) return undefined
  return {
    required: !schema.safeParse({}).success,
    content: { [receive?.contentType ?? 'application/json']: { schema: named(schema, operationId) } },
  }
}

/** The schema of a body gets a name from its operation, such as `CreateUserRequest`, so that client libraries can name it. */
function named(schema: z.ZodType, operationId = ''): z.ZodType {
  if (z.globalRegistry.get(schema)?.id !== undefined) return schema
  const id = `${operationId.charAt(0).toUpperCase()}${operationId.slice(1)}Request`
  return schema.meta({ id, description: `The body of \`${operationId}\`.` })
}

function withFile(fields: z.ZodObject, name: string, several = false): z.ZodObject {
  const file = z.string().meta({ format: 'binary' })
  return fields.extend({
    [name]: several ? z.array(file).min(1).describe('One or more files.') : file.describe('The file.'),
  })
}

function describeAnswers(route: Route, acceptsKey: boolean) {
  const answers = Object.entries(route.answers).map(([status, answer]) => [
    status,
    { ...describeAnswer(status, answer), headers: headersOfAnswer(route, Number(status), { acceptsKey }) },
  ])
  if (!isFile(route)) return Object.fromEntries(answers)
  const type = route.answers[200]
  const part = { [typeof type === 'string' ? type : '*/*']: { schema: binary } }
  return Object.fromEntries([
    ...answers,
    [206, { description: 'The requested part of the file.', headers: headersOfPart(), content: part }],
    [304, { description: 'The file has not changed since the client received it. The response has no body.' }],
  ])
}

/** The error responses, by status. Responses that several operations share are components. */
function describeErrors(route: Route, acceptsKey: boolean, { registry, entries, shared, unavailable }: Place) {
  const codes = problemsOfOperation(route, acceptsKey, unavailable)
  const responses = problemResponses(codes, entries).map(({ status, name, response }) => {
    const own = route.answers[status]
    if (own !== undefined) {
      // The route has error responses of its own, such as those of OAuth, in addition to problems.
      const described = describeAnswer(String(status), own)
      const content = { ...('content' in described ? described.content : {}), ...response.content }
      return [status, { ...response, description: `${described.description}\n\n${response.description}`, content }]
    }
    if (name === undefined) return [status, response]
    if (!shared.has(name)) registry.registerComponent('responses', name, response as object as { description: string })
    shared.add(name)
    return [status, { $ref: `#/components/responses/${name}` }]
  })
  return Object.fromEntries(responses)
}

const binary = { type: 'string', format: 'binary' } as const

/** The descriptions of responses that are files or streams, by media type. */
const files: Record<string, string> = {
  'application/zip': 'The ZIP file.',
  'image/*': 'The image file.',
  'text/event-stream': 'An event stream.',
}

/** The words of the name of a schema: "API key" for `ApiKey`. */
const wordsOf = (id: string): string =>
  id
    .split(/(?<=[a-z])(?=[A-Z])/)
    .map((word) => (word === 'Api' ? 'API' : word.toLowerCase()))
    .join(' ')

/** Describes a response by its schema: by a description that fits, or by the name, such as "The created media." */
function describeAnswer(status: string, answer: z.ZodType | string | null) {
  if (answer === null) return { description: 'Success. The response has no body.' }
  if (typeof answer === 'string') {
    const schema = answer === 'text/event-stream' ? { type: 'string' as const } : binary
    return { description: files[answer] ?? 'The file.', content: { [answer]: { schema } } }
  }
  const { description, id } = z.globalRegistry.get(answer) ?? {}
  const isFitting = id === undefined || id.endsWith('Page') || description?.startsWith('The ')
  return {
    description: isFitting
      ? (description ?? 'The result.')
      : `The ${status === '201' ? 'created ' : ''}${wordsOf(id)}.`,
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
