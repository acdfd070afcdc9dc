import { Router, json, type Request, type RequestHandler, type Response } from 'express'
import { z } from 'zod'

import { callerOf, type Caller, type ServiceCaller, type TokenVerifier } from './access-token.ts'
import type { IdempotencyStore } from './idempotency.ts'
import { answerOnce } from './idempotency.ts'
import type { FeatureGates } from './features.ts'
import { reach, type Scope } from './permissions.ts'
import { problems, type FieldError, type Problem } from './problem.ts'
import { refusedKeys } from './refused-keys.ts'
import { strictQuery } from './strict-query.ts'

/**
 * Who may call a route: anybody, by whatever token (`no-token`: it is not even looked at, so that an old one does no
 * harm); anybody, but a token that is sent must be good (`anyone`); who is signed in; another service; who has a
 * permission (`resource:action`); or who has it, and everybody for what is public (`resource:action or public`): there
 * the handler decides, by `scope`.
 */
export type Access = 'no-token' | 'anyone' | 'signed-in' | 'service' | `${string}:${string}`

/** What a route answers: a body that becomes JSON, or a stream that it writes itself. */
export interface Reply {
  status: number
  body?: unknown
  headers?: Record<string, string>
}

export const ok = (body: unknown, headers?: Record<string, string>): Reply => ({
  status: 200,
  body,
  ...(headers ? { headers } : {}),
})
export const created = (location: string, body: unknown): Reply => ({
  status: 201,
  body,
  headers: { Location: location },
})
export const noContent = (): Reply => ({ status: 204 })

type CallerOf<A extends Access> = A extends 'no-token'
  ? undefined
  : A extends 'anyone'
    ? Caller | undefined
    : A extends 'service'
      ? ServiceCaller
      : Caller

type Output<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined

export interface Incoming<A extends Access, P, Q, B> {
  params: Output<P>
  query: Output<Q>
  body: Output<B>
  caller: CallerOf<A>
  /** How far the caller's permission reaches; `all` where the route needs none, `none` only where it is `or public`. */
  scope: A extends `${string} or public` ? Scope | 'none' : Scope
  ifMatch: string | undefined
  http: { request: Request; response: Response }
}

/** A route as data: OpenAPI and the table of permissions are read off it, so they cannot disagree with the code. */
export interface RouteDefinition<A extends Access, P, Q, B> {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** Below the base path, in Express's notation: `/users/:id`. */
  path: string
  access: A
  /** A gate that must be open to the caller: without it the route is 403 `feature-disabled`. */
  feature?: string
  summary: string
  description?: string
  params?: P
  query?: Q
  body?: B
  /** What it answers of belongs to nobody: a permission for one's own rows opens none of it. */
  ownedByNobody?: true
  /** A change that must say what it has read. */
  requiresMatch?: true
  /** Takes a body that is not JSON, once the caller is known to be allowed. */
  receive?: {
    handler: RequestHandler
    contentType: string
    fileField?: string
    /** The form's fields, where the handler parses them itself. */
    form?: z.ZodType
  }
  /** Schemas by status; null: no body; a string: a body of that media type. */
  answers: Record<number, z.ZodType | string | null>
  /** The answer holds a secret, shown once: it is kept nowhere, and a repetition by `Idempotency-Key` is 409. */
  answersSecret?: true
  /** The codes of problems that are this route's own. */
  problems?: string[]
  /** Resolves to undefined when the handler has written (or is streaming) the response itself. */
  handle(incoming: Incoming<A, P, Q, B>): Promise<Reply | undefined>
}

// A list of routes holds every shape of them; only `route()` below makes one, and there each is checked.
export type Route = RouteDefinition<Access, z.ZodType | undefined, z.ZodType | undefined, z.ZodType | undefined>

export function route<
  A extends Access,
  P extends z.ZodType | undefined = undefined,
  Q extends z.ZodType | undefined = undefined,
  B extends z.ZodType | undefined = undefined,
>(definition: RouteDefinition<A, P, Q, B>): Route {
  return definition as unknown as Route
}

interface RouterOptions {
  routes: Route[]
  tokens: TokenVerifier
  idempotency?: IdempotencyStore | undefined
  features?: FeatureGates | undefined
  /** The most a JSON body may have, in bytes. */
  bodyLimit?: number
}

/**
 * Every route's steps, in one order: token, permission, feature, body, validation, handler, answer.
 *
 * @throws Error when a route names a feature that is no gate here.
 */
export function createRouter({ routes, tokens, idempotency, features, bodyLimit = 1_048_576 }: RouterOptions): Router {
  const router = Router({ caseSensitive: true, strict: false })
  for (const given of routes) {
    const definition = { ...given, query: strictQuery(given) }
    router[definition.method](
      definition.path,
      readToken(definition.access, tokens),
      guard(definition),
      ...requireFeature(definition, features),
      ...receive(definition, bodyLimit),
      (request, response, next) => {
        answer(definition, request, response, idempotency).catch(next)
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

const scopes = new WeakMap<Request, Scope | 'none'>()

function guard(definition: Route): RequestHandler {
  return (request, _response, next) => {
    const refusal = admit(definition, request)
    if (refusal) return next(refusal)
    if (definition.requiresMatch && request.get('if-match') === undefined) return next(problems.preconditionRequired())
    next()
  }
}

/** A name that nobody knows is told at the start: it would be a route that never answers, or one without its gate. */
function requireFeature({ method, path, feature }: Route, features: FeatureGates | undefined): RequestHandler[] {
  if (feature === undefined) return []
  if (!features?.knows(feature)) throw new Error(`${method} ${path} needs the feature ${feature}, which is no gate`)
  return [
    (request, _response, next) => {
      features
        .isOn(feature, callerOf(request))
        .then((isOn) => next(isOn ? undefined : problems.featureDisabled(feature)), next)
    },
  ]
}

/** Notes how far the caller may go; returns why they may not come in at all. */
function admit({ access, ownedByNobody }: Route, request: Request): Problem | undefined {
  if (access === 'anyone' || access === 'no-token') return undefined
  const caller = callerOf(request)
  const permission = permissionOf(access)
  if (permission && access.endsWith(' or public')) {
    scopes.set(request, (caller?.kind === 'user' && reach(caller.claims.permissions, permission)) || 'none')
    return undefined
  }
  if (!caller) return problems.tokenMissing()
  if (!permission) return undefined
  const scope = caller.kind === 'user' ? reach(caller.claims.permissions, permission) : undefined
  if (!scope || (ownedByNobody && scope === 'own')) return problems.forbidden(permission)
  scopes.set(request, scope)
  return undefined
}

/** The permission that an access names, if it names one. */
export function permissionOf(access: Access): string | undefined {
  return access.includes(':') ? access.replace(' or public', '') : undefined
}

function receive(definition: Route, limit: number): RequestHandler[] {
  if (definition.receive) return [definition.receive.handler]
  if (!bodyOf(definition)) return []
  return [refuseOtherThanJson, json({ limit, strict: false, type: isJson })]
}

/** Where a route wants no body, nothing is what may be sent: what is meant for another route is not to be lost here. */
const nothing = z.strictObject({})

function bodyOf({ method, body, receive: own }: Route): z.ZodType | undefined {
  return body ?? (own || method === 'get' || method === 'delete' ? undefined : nothing)
}

const isJson = (request: { headers: { 'content-type'?: string | undefined } }) =>
  /^application\/([\w.+-]+\+)?json\s*(;|$)/i.test(request.headers['content-type'] ?? '')

const refuseOtherThanJson: RequestHandler = (request, _response, next) => {
  const hasBody = request.get('transfer-encoding') !== undefined || Number(request.get('content-length') ?? 0) > 0
  next(hasBody && !isJson(request) ? problems.unsupportedMediaType('The body must be application/json.') : undefined)
}

async function answer(
  definition: Route,
  request: Request,
  response: Response,
  idempotency: IdempotencyStore | undefined,
): Promise<void> {
  const { params, query, body } = parse(definition, request)
  const incoming: Incoming<Access, z.ZodType, z.ZodType, z.ZodType> = {
    params,
    query,
    body,
    caller: callerOf(request) as Caller,
    scope: (scopes.get(request) ?? 'all') as Scope,
    ifMatch: request.get('if-match'),
    http: { request, response },
  }
  const handle = () => definition.handle(incoming)
  const reply = idempotency ? await answerOnce(idempotency, definition, incoming, handle) : await handle()
  if (reply) send(response, reply)
}

function send(response: Response, { status, body, headers }: Reply): void {
  response.status(status)
  if (headers) response.set(headers)
  // What a token opened is nobody else's: shared caches must not keep it, and a browser asks again with its ETag.
  if (!response.get('Cache-Control')) response.set('Cache-Control', 'private, no-cache')
  if (body === undefined) response.end()
  else response.json(body)
}

/** A body of 1 MiB can have 60,000 faults, and an answer that named each would be three times its size. */
const ERRORS_TOLD = 100

function parse(definition: Route, request: Request) {
  const { params, query } = definition
  const body = bodyOf(definition)
  const errors: FieldError[] = []
  const read = (place: string, schema: z.ZodType | undefined, value: unknown) => {
    if (!schema) return undefined
    const parsed = schema.safeParse(value)
    if (parsed.success) return parsed.data
    errors.push(...parsed.error.issues.flatMap((issue) => fieldErrors(place, issue)))
    return undefined
  }
  const parsedParams = params?.safeParse(request.params)
  // An id that cannot be one names nothing.
  if (parsedParams && !parsedParams.success) throw problems.notFound('resource')
  if (body) errors.push(...refusedKeys('body', request.body, ERRORS_TOLD))
  if (errors.length > 0) throw problems.invalid(errors)
  const parsed = {
    params: parsedParams?.data,
    query: read('query', query, request.query),
    body: read('body', body, request.body === undefined ? {} : request.body),
  }
  if (errors.length > 0) throw problems.invalid(errors.slice(0, ERRORS_TOLD))
  return parsed
}

function fieldErrors(place: string, issue: z.core.$ZodIssue): FieldError[] {
  const path = [place, ...issue.path.map(String)].join('.')
  if (issue.code === 'unrecognized_keys') {
    const message = place === 'query' ? 'is not a parameter here' : 'is not a field here'
    return issue.keys.map((key) => ({ path: `${path}.${key}`, message }))
  }
  return [{ path, message: issue.message }]
}
