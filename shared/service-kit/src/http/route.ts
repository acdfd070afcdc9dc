import type { Request, RequestHandler, Response } from 'express'
import { z } from 'zod'

import type { Scope } from '../identity/permissions.ts'
import type { Caller, ServiceCaller } from '../process/caller.ts'
import type { SharedProblemCode } from '../process/problem.ts'

/**
 * The requests that a route accepts:
 * - `no-token`: everybody. A token is ignored, so that an expired token does not fail the request.
 * - `anyone`: everybody. If a token is sent, it is verified.
 * - `signed-in`: every signed-in user.
 * - `service`: another service.
 * - `resource:action`: callers with the permission.
 * - `resource:action or public`: callers with the permission for their rows, and everybody for public rows. The handler
 *   checks `scope`.
 */
export type Access = 'no-token' | 'anyone' | 'signed-in' | 'service' | `${string}:${string}`

/** The reply of a handler: a status, and a body that is sent as JSON; `undefined` for no body. */
export interface Reply<Status extends number = number, Body = unknown> {
  status: Status
  body: Body
  headers?: Record<string, string>
}

/** TypeScript shows this name if it cannot infer the type of the reply. Declare the handler's parameter to solve this. */
interface HandlerWithoutParameter {
  readonly handlerWithoutParameter: unique symbol
}

/**
 * Makes a reply. The compiler checks its body against the route's `answers`, or against the declared return type of the
 * function. An extra field does not compile. If a route returns several statuses, make each reply in a function with a
 * declared return type.
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

/** Schemas by status. Null: no body. A media type: the handler writes the body itself. */
type Answers = Record<number, z.ZodType | string | null>

/**
 * The replies that a handler may return: a declared status with its body, or undefined if the handler writes the body
 * itself. The type of the body is the input type of its schema. The body is not parsed at run time.
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
  /** The scope of the caller's permission: `all` if the route needs no permission; `none` only for `or public`. */
  scope: A extends `${string} or public` ? Scope | 'none' : Scope
  ifMatch: string | undefined
  http: { request: Request; response: Response }
}

/** A route as data. The OpenAPI document and the table of permissions are generated from it, so they match the code. */
export interface RouteDefinition<A extends Access, P, Q, B, R extends Answers, Code extends string> {
  /** The name of the operation in the OpenAPI document and in the client library. Every route for clients has one. */
  operationId?: string
  method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** Relative to the base path, in Express's notation: `/users/:id`. */
  path: string
  access: A
  /** A feature that must be on for the caller; otherwise the response is 403 `feature-disabled`. */
  feature?: string
  summary: string
  description?: string
  params?: P
  query?: Q
  body?: B
  /** The rows of this route have no owner, so `resource:action:own` is not sufficient. */
  ownedByNobody?: true
  /** The request must have the header `If-Match`. */
  requiresMatch?: true
  /** The handler checks the header `If-Match` if the request has it. */
  acceptsMatch?: true
  /** Receives a body that is not JSON, after the caller's permission was checked. */
  receive?: {
    handler: RequestHandler
    contentType: string
    fileField?: string
    /** The request can contain several files. */
    severalFiles?: true
    /** The fields of the form, if the handler parses them itself. */
    form?: z.ZodType
  }
  answers: R
  /**
   * The response contains a secret, which is shown only once. The response is not stored, and a repetition with the same
   * `Idempotency-Key` returns 409.
   */
  answersSecret?: true
  /**
   * The codes of the problems that are specific to this route. The OpenAPI document adds the codes that follow from the
   * other fields: `not-found` for a route with `params`, and the codes of `If-Match`.
   */
  problems?: Code[]
  handle(incoming: Incoming<A, P, Q, B>): Promise<ReplyTo<R>>
}

/**
 * A route without type parameters, for lists of routes. Only the function from `routesWith` creates one, and checks its
 * types.
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
 * catalogue.
 *
 * `answers` gives the handler's reply its type: an undeclared status, or a body that does not match its schema, does not
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

/** Marks routes whose rows have no owner, so that `resource:action:own` is not sufficient. */
export const ownedByNobody = (routes: Route[]): Route[] => routes.map((one) => ({ ...one, ownedByNobody: true }))

/** The permission of an access, or undefined. */
export function permissionOf(access: Access): string | undefined {
  return access.includes(':') ? access.replace(' or public', '') : undefined
}

/** A route without a body schema accepts only an empty body, so that a request sent to the wrong route is rejected. */
const nothing = z.strictObject({})

export function bodyOf({ method, body, receive: own }: Route): z.ZodType | undefined {
  return body ?? (own || method === 'get' || method === 'delete' ? undefined : nothing)
}
