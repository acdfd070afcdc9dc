import type { Readable } from 'node:stream'

import type { AnswerOf, Endpoint, EndpointAnswers, Part } from '@likeness/internal-api'
import type { z } from 'zod'

import { Problem, unavailable } from '../process/problem.ts'
import { problemOf, type ServiceClient } from './service-client.ts'

/** A part of a request, required if the endpoint has a schema for it. */
type Sent<Name extends string, Schema extends Part> = Schema extends z.ZodType
  ? { [Key in Name]: z.input<Schema> }
  : { [Key in Name]?: undefined }

interface Options<Query extends Part> {
  query?: Query extends z.ZodType ? z.input<Query> : undefined
  /** Replaces the client's own time limit. */
  limitMs?: number
  signal?: AbortSignal
}

type Request<Params extends Part, Query extends Part, Body extends Part> = Sent<'params', Params> &
  Sent<'body', Body> &
  Options<Query>

/**
 * Calls an endpoint of another service with this service's own token.
 *
 * @returns the body of the response, parsed by the endpoint's schema
 * @throws {Problem} the problem that the service returned; 503 if the service is unavailable, slow or failing, or if its
 *   response does not match the endpoint
 */
export async function call<Params extends Part, Query extends Part, Body extends Part, Answers extends EndpointAnswers>(
  client: ServiceClient,
  endpoint: Endpoint<Params, Query, Body, Answers>,
  request: Request<Params, Query, Body>,
): Promise<AnswerOf<Answers>> {
  const method = endpoint.method.toUpperCase() as Uppercase<typeof endpoint.method>
  const { query, limitMs, signal }: Options<Query> = request
  const answer = await client.send(method, pathOf(endpoint, request.params), {
    query: recordOf(query),
    ...(request.body === undefined ? {} : { body: request.body }),
    ...(limitMs === undefined ? {} : { limitMs }),
    ...(signal ? { signal } : {}),
  })
  if (answer.status >= 400) throw problemOf(answer)
  const schema = endpoint.answers[answer.status]
  if (schema === null) return undefined as AnswerOf<Answers>
  if (schema === undefined || typeof schema === 'string') {
    throw unavailable(client.name, new Error(`${method} ${endpoint.path} returned ${answer.status}`))
  }
  const parsed = schema.safeParse(answer.body)
  if (!parsed.success) throw unavailable(client.name, parsed.error)
  return parsed.data as AnswerOf<Answers>
}

/**
 * Opens the byte stream of an endpoint of another service.
 *
 * @throws {Problem} as `ServiceClient.stream` does
 */
export function openStream<Params extends Part>(
  client: ServiceClient,
  endpoint: Endpoint<Params, undefined, undefined>,
  { params, signal }: Sent<'params', Params> & { signal: AbortSignal },
): Promise<Readable> {
  return client.stream(pathOf(endpoint, params), { signal })
}

/**
 * Converts any problem below 500 into 503. Use this when the error of another service concerns the request or the token of
 * this service, not the request of the client.
 */
export function asUnavailable({ name }: ServiceClient, error: unknown): unknown {
  return error instanceof Problem && error.status < 500 ? unavailable(name, error) : error
}

function pathOf({ path }: Pick<Endpoint, 'path'>, params: unknown): string {
  const values = recordOf(params)
  return path.replace(/:(\w+)/g, (_match, name: string) => encodeURIComponent(String(values[name])))
}

const recordOf = (given: unknown) => (given ?? {}) as Record<string, unknown>
