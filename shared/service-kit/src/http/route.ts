import type { RequestHandler } from 'express'
import type { Request, Response } from 'express'
import { z } from 'zod'

import type { Scope } from '../identity/permissions.ts'
import type { Caller, ServiceCaller } from '../process/caller.ts'

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
