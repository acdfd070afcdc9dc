import { Router, json, type Request, type RequestHandler, type Response } from 'express'
import type { z } from 'zod'

import type { TokenVerifier } from '../identity/access-token.ts'
import type { FeatureGates } from '../identity/features.ts'
import { reach, type Scope } from '../identity/permissions.ts'
import { accessOf, callerOf } from '../process/access-state.ts'
import type { Caller } from '../process/caller.ts'
import { requestBody } from '../process/expect-continue.ts'
import { problems, type FieldError, type Problem } from '../process/problem.ts'
import { UNKNOWN_FIELD, validate, type Fault } from '../process/validation.ts'
import { forbiddenKeys } from './forbidden-keys.ts'
import { answerOnce, type IdempotencyStore } from './idempotency.ts'
import { bodyOf, permissionOf, type Access, type Incoming, type Reply, type Route } from './route.ts'
import { strictQuery } from './strict-query.ts'

interface RouterOptions {
  routes: Route[]
  tokens: TokenVerifier
  idempotency?: IdempotencyStore | undefined
  features?: FeatureGates | undefined
  /** Runs after the token of a request was verified. */
  afterVerification?: RequestHandler
  /** Whether a permission for own rows would do, so that a 403 names the least permission. Default: never. */
  wouldOwnRowsDo?: OwnRowsRule | undefined
  /** Maximum size of a JSON body, in bytes. */
  bodyLimit?: number
  /** The origin in `Location`. Default: `Location` is a path. */
  publicUrl?: string | undefined
}

/**
 * Whether the permission `resource:action:own` would be sufficient for a request that was rejected: it is about a list that
 * shows own rows, or about a row of the caller. Not called for routes with `ownedByNobody`.
 *
 * @param request its `params` are not parsed yet
 */
export type OwnRowsRule = (route: Route, request: Request, caller: Caller) => boolean | Promise<boolean>

/**
 * Runs the same steps for every route, in this order: token, permission, feature, body, validation, handler, response.
 *
 * @throws Error if a route requires an unknown feature
 */
export function createRouter(options: RouterOptions): Router {
  const { routes, tokens, idempotency, features, afterVerification, bodyLimit = 1_048_576, publicUrl = '' } = options
  const { wouldOwnRowsDo = () => false } = options
  const router = Router({ caseSensitive: true, strict: false })
  for (const given of routes) {
    const definition = { ...given, query: strictQuery(given) }
    router[definition.method](
      definition.path,
      readToken(definition.access, tokens),
      ...(afterVerification ? [afterVerification] : []),
      guard(definition, wouldOwnRowsDo),
      ...requireFeature(definition, features),
      ...receive(definition, bodyLimit),
      (request, response, next) => {
        answer(definition, request, response, { idempotency, publicUrl }).catch(next)
      },
    )
  }
  for (const [path, allowed] of methodsByPath(routes)) {
    router.all(path, (request, response, next) => {
      if (request.method !== 'OPTIONS') return next(problems.methodNotAllowed(request.method, allowed))
      response.set('Allow', allowed.join(', ')).status(204).end()
    })
  }
  return router
}

function methodsByPath(routes: Route[]): Map<string, string[]> {
  const methods = new Map<string, string[]>()
  for (const { path, method } of routes) {
    const answered = method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()]
    methods.set(path, [...(methods.get(path) ?? []), ...answered])
  }
  return methods
}

function readToken(access: Access, tokens: TokenVerifier): RequestHandler {
  if (access === 'no-token') return (_request, _response, next) => next()
  return access === 'service' ? tokens.service : tokens.user
}

function guard(definition: Route, wouldOwnRowsDo: OwnRowsRule): RequestHandler {
  return (request, _response, next) => {
    const refusal = admit(definition, request)
    if (refusal === 'forbidden') {
      forbid(definition, request, wouldOwnRowsDo).then(next, next)
      return
    }
    if (refusal) return next(refusal)
    if (definition.requiresMatch && request.get('if-match') === undefined) return next(problems.preconditionRequired())
    next()
  }
}

/** The 403 for a caller without the permission of a route. It names the least permission that would do. */
async function forbid(route: Route, request: Request, wouldOwnRowsDo: OwnRowsRule): Promise<Problem> {
  const permission = permissionOf(route.access) ?? ''
  const caller = callerOf(request)
  // An id in a wrong format identifies no row.
  const isRow = route.params?.safeParse(request.params).success ?? true
  const ownRowsCount = !route.ownedByNobody && isRow && caller?.kind === 'user'
  return problems.forbidden(
    ownRowsCount && (await wouldOwnRowsDo(route, request, caller)) ? `${permission}:own` : permission,
  )
}

/** Throws at the start for an unknown feature, because such a route would always fail or never be protected. */
function requireFeature({ method, path, feature }: Route, features: FeatureGates | undefined): RequestHandler[] {
  if (feature === undefined) return []
  if (!features?.knows(feature))
    throw new Error(`${method} ${path} requires the feature ${feature}, which is not defined`)
  return [
    (request, _response, next) => {
      features
        .isOn(feature, callerOf(request))
        .then((isOn) => next(isOn ? undefined : problems.featureDisabled(feature)), next)
    },
  ]
}

/** Stores the caller's scope, or returns the reason to reject the caller. */
function admit({ access, ownedByNobody }: Route, request: Request): Problem | 'forbidden' | undefined {
  if (access === 'anyone' || access === 'no-token') return undefined
  const caller = callerOf(request)
  const permission = permissionOf(access)
  if (permission && access.endsWith(' or public')) {
    accessOf(request).scope = (caller?.kind === 'user' && reach(caller.claims.permissions, permission)) || 'none'
    return undefined
  }
  if (!caller) return problems.tokenMissing()
  if (!permission) return undefined
  const scope = caller.kind === 'user' ? reach(caller.claims.permissions, permission) : undefined
  if (!scope || (ownedByNobody && scope === 'own')) return 'forbidden'
  accessOf(request).scope = scope
  return undefined
}

function receive(definition: Route, limit: number): RequestHandler[] {
  if (definition.receive) return [inviteBody, definition.receive.handler]
  if (!bodyOf(definition)) return []
  return [requireJson, inviteBody, json({ limit, strict: false, type: isJson })]
}

const inviteBody: RequestHandler = (request, response, next) => {
  requestBody(request, response)
  next()
}

const isJson = (request: { headers: { 'content-type'?: string | undefined } }) =>
  /^application\/([\w.+-]+\+)?json\s*(;|$)/i.test(request.headers['content-type'] ?? '')

const requireJson: RequestHandler = (request, _response, next) => {
  const hasBody = request.get('transfer-encoding') !== undefined || Number(request.get('content-length') ?? 0) > 0
  next(
    hasBody && !isJson(request)
      ? problems.unsupportedMediaType('The Content-Type of the body must be application/json.')
      : undefined,
  )
}

async function answer(
  definition: Route,
  request: Request,
  response: Response,
  { idempotency, publicUrl }: { idempotency: IdempotencyStore | undefined; publicUrl: string },
): Promise<void> {
  const { params, query, body } = parse(definition, request)
  const incoming: Incoming<Access, z.ZodType, z.ZodType, z.ZodType> = {
    params,
    query,
    body,
    caller: callerOf(request) as Caller,
    scope: (accessOf(request).scope ?? 'all') as Scope,
    ifMatch: request.get('if-match'),
    http: { request, response },
  }
  const handle = () => definition.handle(incoming)
  const reply = idempotency ? await answerOnce(idempotency, definition, incoming, handle) : await handle()
  if (reply) send(response, reply, publicUrl)
}

function send(response: Response, { status, body, headers }: Reply, publicUrl: string): void {
  response.status(status)
  if (headers) response.set(headers)
  const location = headers?.['Location']
  if (location?.startsWith('/')) response.set('Location', publicUrl + location)
  // Responses are private by default: shared caches must not store them, and browsers revalidate them with their ETag.
  if (!response.get('Cache-Control')) response.set('Cache-Control', 'private, no-cache')
  if (body === undefined) response.end()
  else response.json(body)
}

/** A body of 1 MiB can have 60,000 errors. A response with all of them would be three times the size of the body. */
const MAX_ERRORS = 100

function parse(definition: Route, request: Request) {
  const { params, query } = definition
  const body = bodyOf(definition)
  const errors: FieldError[] = []
  const read = (place: string, schema: z.ZodType | undefined, value: unknown) => {
    if (!schema) return undefined
    const validated = validate(schema, value)
    if (validated.success) return validated.data
    errors.push(...validated.faults.map((fault) => fieldError(place, fault)))
    return undefined
  }
  const parsedParams = params?.safeParse(request.params)
  // An id in a wrong format identifies no resource, so the response is 404, not 422.
  if (parsedParams && !parsedParams.success) throw problems.notFound('resource')
  if (body) errors.push(...forbiddenKeys('body', request.body, MAX_ERRORS))
  if (errors.length > 0) throw problems.invalid(errors)
  const parsed = {
    params: parsedParams?.data,
    query: read('query', query, request.query),
    body: read('body', body, request.body === undefined ? {} : request.body),
  }
  if (errors.length > 0) throw problems.invalid(errors.slice(0, MAX_ERRORS))
  return parsed
}

const fieldError = (place: string, { path, message }: Fault): FieldError => ({
  path: [place, ...path.map(String)].join('.'),
  message: place === 'query' ? message.replace(UNKNOWN_FIELD, 'is an unknown parameter') : message,
})
