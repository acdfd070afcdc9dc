import type { Request, RequestHandler, Response } from 'express'
import { z } from 'zod'

import type { Scope } from '../identity/permissions.ts'
import type { Caller, ServiceCaller } from '../process/caller.ts'
import type { SharedProblemCode } from '../process/problem.ts'

/**
 * Who may call a route: anybody, by whatever token (`no-token`: it is not even looked at, so that an old one does no
 * harm); anybody, but a token that is sent must be good (`anyone`); who is signed in; another service; who has a
 * permission (`resource:action`); or who has it, and everybody for what is public (`resource:action or public`): there
 * the handler decides, by `scope`.
 */
export type Access = 'no-token' | 'anyone' | 'signed-in' | 'service' | `${string}:${string}`

/** What a handler answers: a status and the body that becomes its JSON; no body is `undefined`. */
export interface Reply<Status extends number = number, Body = unknown> {
  status: Status
  body: Body
  headers?: Record<string, string>
}

/** TypeScript shows this name where it cannot know yet what a handler answers: give the handler its parameter. */
interface HandlerWithoutParameter {
  readonly handlerWithoutParameter: unique symbol
}

/**
 * A reply whose body has the type that the route's `answers` or the function's return type declares: `body` is checked
 * against it, a field too many included. Where a route answers several statuses, a function of its own with a declared
 * return type makes each reply.
 */
export function reply<Status extends number, Body = HandlerWithoutParameter>(
  status: Status,
  body: NoInfer<Body>,
  headers?: Record<string, string>,
): Reply<Status, Body> {
  return { status, body, ...(headers ? { headers } : {}) }
}

export function ok<Body = HandlerWithoutParameter>(
  body: NoInfer<Body>,
  headers?: Record<string, string>,
): Reply<200, Body> {
  return reply(200, body, headers)
}

export function created<Body = HandlerWithoutParameter>(
  location: string,
  body: NoInfer<Body>,
  headers: Record<string, string> = {},
): Reply<201, Body> {
  return reply(201, body, { Location: location, ...headers })
}

export function noContent(): Reply<204, undefined> {
  return { status: 204, body: undefined }
}

/** Schemas by status; null: no body; a string: a body of that media type, which the handler writes itself. */
type Answers = Record<number, z.ZodType | string | null>

/**
 * What a handler may resolve to: a reply of a declared status with that status's body, or undefined where it writes a
 * body of a media type itself. The body is what a client reads with the schema, so it is the schema's input; nothing
 * parses it at run time.
 */
export type ReplyTo<A extends Answers> = {
  [Status in keyof A & number]: A[Status] extends z.ZodType
    ? Reply<Status, z.input<A[Status]>>
    : A[Status] extends null
      ? Reply<Status, undefined>
      : undefined
}[keyof A & number]

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
export interface RouteDefinition<A extends Access, P, Q, B, R extends Answers, Code extends string> {
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
  answers: R
  /** The answer holds a secret, shown once: it is kept nowhere, and a repetition by `Idempotency-Key` is 409. */
  answersSecret?: true
  /** The codes of problems that are this route's own. */
  problems?: Code[]
  handle(incoming: Incoming<A, P, Q, B>): Promise<ReplyTo<R>>
}

/** A route whose types are erased, as a list of routes holds it. Only `routesWith` makes one, and checks it there. */
export interface Route extends Omit<
  RouteDefinition<Access, MaybeSchema, MaybeSchema, MaybeSchema, Answers, string>,
  'handle'
> {
  handle(incoming: Incoming<Access, MaybeSchema, MaybeSchema, MaybeSchema>): Promise<Reply | undefined>
}

type MaybeSchema = z.ZodType | undefined

/**
 * Makes the `route` of a service, whose `problems` are codes of the service's own catalogue or of the shared one.
 *
 * The handler's reply is typed by `answers`: another status, or a body that departs from its schema, does not compile.
 */
export function routesWith<OwnCode extends string = never>() {
  return function route<
    A extends Access,
    R extends Answers,
    P extends MaybeSchema = undefined,
    Q extends MaybeSchema = undefined,
    B extends MaybeSchema = undefined,
  >(definition: RouteDefinition<A, P, Q, B, R, OwnCode | SharedProblemCode>): Route {
    return definition as unknown as Route
  }
}

/** Routes about rows that belong to nobody: a permission for one's own rows opens none of them. */
export const ownedByNobody = (routes: Route[]): Route[] => routes.map((one) => ({ ...one, ownedByNobody: true }))

/** The permission that an access names, if it names one. */
export function permissionOf(access: Access): string | undefined {
  return access.includes(':') ? access.replace(' or public', '') : undefined
}

/** Where a route wants no body, nothing is what may be sent: what is meant for another route is not to be lost here. */
const nothing = z.strictObject({})

export function bodyOf({ method, body, receive: own }: Route): z.ZodType | undefined {
  return body ?? (own || method === 'get' || method === 'delete' ? undefined : nothing)
}
