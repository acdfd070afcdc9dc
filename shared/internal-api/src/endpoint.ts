import type { z } from 'zod'

import type { EndpointProblemCode } from './problem-codes.ts'

/** The responses of an endpoint by status: a schema; null for no body; a media type for a byte stream. */
export type EndpointAnswers = Readonly<Record<number, z.ZodType | string | null>>

/** The schema of the path parameters, the query or the body; undefined if the endpoint does not have that part. */
export type Part = z.ZodType | undefined

/**
 * A call from one service to another, as data. The called service creates its route with `internalRoute`, and the calling
 * service sends its request with `call`. Both sides share the path and every schema.
 */
export interface Endpoint<
  Params extends Part = Part,
  Query extends Part = Part,
  Body extends Part = Part,
  Answers extends EndpointAnswers = EndpointAnswers,
> {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** In Express's notation: `/internal/users/:id`. */
  readonly path: `/internal/${string}`
  readonly params?: Params
  readonly query?: Query
  readonly body?: Body
  /** Exactly one successful response. Every other response is a problem (RFC 9457). */
  readonly answers: Answers
  /** The problem codes that are specific to this endpoint. */
  readonly problems?: readonly EndpointProblemCode[]
}

/** The body of the successful response; undefined if it has no body or is a byte stream. */
export type AnswerOf<Answers extends EndpointAnswers> = {
  [Status in keyof Answers]: Answers[Status] extends z.ZodType ? z.output<Answers[Status]> : undefined
}[keyof Answers]

export function endpoint<
  Answers extends EndpointAnswers,
  Params extends Part = undefined,
  Query extends Part = undefined,
  Body extends Part = undefined,
>(definition: Endpoint<Params, Query, Body, Answers>): Endpoint<Params, Query, Body, Answers> {
  return definition
}
