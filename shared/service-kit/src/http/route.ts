import type { Request, RequestHandler, Response } from 'express'
import { z } from 'zod'

import type { Scope } from '../identity/permissions.ts'
import type { Caller, ServiceCaller } from '../process/caller.ts'
import type { SharedProblemCode } from '../process/problem.ts'

/**
 * Who may call a route:
 * - `no-token`: everybody. A token is ignored, so that an expired one does no harm.
 * - `anyone`: everybody. A token is verified if there is one.
 * - `signed-in`: every signed-in user.
 * - `service`: another service.
 * - `resource:action`: callers with the permission.
 * - `resource:action or public`: callers with the permission, and everybody for public rows. The handler decides by
 *   `scope`.
 */
export type Access = 'no-token' | 'anyone' | 'signed-in' | 'service' | `${string}:${string}`

/** The reply of a handler: a status, and a body that is sent as JSON; `undefined` for no body. */
export interface Reply<Status extends number = number, Body = unknown> {
  status: Status
  body: Body
  headers?: Record<string, string>
}

/** TypeScript shows this name where it cannot infer the type of the reply yet. Give the handler its parameter. */
interface HandlerWithoutParameter {
  readonly handlerWithoutParameter: unique symbol
}

/**
 * Makes a reply. Its body is checked against the route's `answers`, or against the declared return type of the
 * function. An extra field does not compile. Where a route answers several statuses, make each reply in a function with
 * a declared return type.
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

/** Schemas by status; null for no body; a media type for a body that the handler writes itself. */
type Answers = Record<number, z.ZodType | string | null>

/**
 * The replies that a handler may return: a declared status with its body, or undefined where the handler writes the
 * body itself. The type of the body is the input of its schema. Nothing parses it at run time.
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
  /** The scope of the caller's permission: `all` where the route needs no permission; `none` only for `or public`. */
  scope: A extends `${string} or public` ? Scope | 'none' : Scope
  ifMatch: string | undefined
  http: { request: Request; response: Response }
}

/** A route as data. OpenAPI and the table of permissions are generated from it, so that they always match the code. */
export interface RouteDefinition<A extends Access, P, Q, B, R extends Answers, Code extends string> {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** Relative to the base path, in Express's notation: `/users/:id`. */
  path: string
  access: A
  /** A feature that must be on for the caller; otherwise the answer is 403 `feature-disabled`. */
  feature?: string
  summary: string
  description?: string
  params?: P
  query?: Q
  body?: B
  /** The rows of this route have no owner, so `resource:action:own` is not sufficient. */
  ownedByNobody?: true
  /** The request must have `If-Match`. */
  requiresMatch?: true
  /** Receives a body that is not JSON, after the caller was authorised. */
  receive?: {
    handler: RequestHandler
    contentType: string
    fileField?: string
    /** The fields of the form, where the handler parses them itself. */
    form?: z.ZodType
  }
  answers: R
  /**
   * The answer contains a secret, which is shown once. It is not stored, and a repetition with the same
   * `Idempotency-Key` is answered 409.
   */
  answersSecret?: true
  /** The codes of the problems that are specific to this route. */
  problems?: Code[]
  handle(incoming: Incoming<A, P, Q, B>): Promise<ReplyTo<R>>
}

/**
 * A route without its type parameters, as a list of routes needs it. Only `routesWith` creates one, and checks it
 * there.
 */
export interface Route extends Omit<
  RouteDefinition<Access, MaybeSchema, MaybeSchema, MaybeSchema, Answers, string>,
  'handle'
> {
  handle(incoming: Incoming<Access, MaybeSchema, MaybeSchema, MaybeSchema>): Promise<Reply | undefined>
}

type MaybeSchema = z.ZodType | undefined

/**
 * Makes the `route` function of a service. Its `problems` are codes of the service's own catalogue or of the shared
 * one.
 *
 * The reply of the handler is typed by `answers`: another status, or a body that does not match its schema, does not
 * compile.
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

/** Routes whose rows have no owner: `resource:action:own` is not sufficient. */
export const ownedByNobody = (routes: Route[]): Route[] => routes.map((one) => ({ ...one, ownedByNobody: true }))

/** The permission of an access, or undefined. */
export function permissionOf(access: Access): string | undefined {
  return access.includes(':') ? access.replace(' or public', '') : undefined
}

/** A route without a body schema accepts only an empty body, so that a request sent to the wrong route is refused. */
const nothing = z.strictObject({})

export function bodyOf({ method, body, receive: own }: Route): z.ZodType | undefined {
  return body ?? (own || method === 'get' || method === 'delete' ? undefined : nothing)
}
