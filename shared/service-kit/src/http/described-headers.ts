import type { Route } from './route.ts'

interface Reference {
  $ref: string
}

const text = { type: 'string' } as const
const number = { type: 'integer', minimum: 0 } as const

/** The response headers, as components of the OpenAPI document. */
export const responseHeaders = {
  ETag: {
    description:
      'Identifies this state of the resource. Send it in `If-Match` to change only this state, or in `If-None-Match` to ' +
      'get 304 while the resource has not changed. Every `GET` accepts `If-None-Match`.',
    schema: text,
    example: '"q3yqVQ0vHc4FbTtOeGf6Jw2dXoA"',
  },
  Location: {
    description: 'The path of the created resource.',
    schema: { type: 'string', format: 'uri-reference' },
  },
  Link: {
    description: 'The next page of the list, with `rel="next"` (RFC 8288). Absent on the last page.',
    schema: text,
    example: '</api/v1/media?limit=50&after=WyItY3JlYXRlZEF0Il0>; rel="next"',
  },
  'Retry-After': {
    description: 'The number of seconds after which to send the request again. Absent if repeating does not help.',
    schema: number,
    example: 2,
  },
  RateLimit: {
    description: 'The remaining requests (`r`) and the seconds until the limit is reset (`t`). Absent without a limit.',
    schema: text,
    example: '"caller";r=1199;t=60',
  },
  'RateLimit-Policy': {
    description: 'The maximum number of requests (`q`) in a window of `w` seconds. Absent without a limit.',
    schema: text,
    example: '"caller";q=1200;w=60',
  },
  'X-Request-Id': {
    description:
      'Id of the request, which is also in the logs. A request can send its own id in the header `X-Request-Id`.',
    schema: text,
    example: '0198c2f1-7c1e-7d3a-9c55-2f6f0f8f5a10',
  },
  'WWW-Authenticate': {
    description: 'The reason why the token was rejected (RFC 6750).',
    schema: text,
    example: 'Bearer error="invalid_token", error_description="The token has expired"',
  },
  'Idempotency-Replayed': {
    description: '`true` if this is the stored response to an earlier request with the same `Idempotency-Key`.',
    schema: { type: 'string', enum: ['true'] as string[] },
  },
  'Content-Range': {
    description: 'The part of the file that this response contains, and the size of the file in bytes.',
    schema: text,
    example: 'bytes 0-1023/146515',
  },
} as const

type HeaderName = keyof typeof responseHeaders

/** The request headers, as components of the OpenAPI document. */
export const requestHeaders = {
  IfMatch: {
    name: 'If-Match',
    in: 'header',
    required: true,
    description:
      'The `ETag` of the resource that you read. If the resource has changed since then, the response is 412 ' +
      '`precondition-failed`. `*` matches every state.',
    schema: text,
    example: '"q3yqVQ0vHc4FbTtOeGf6Jw2dXoA"',
  },
  IfMatchOptional: {
    name: 'If-Match',
    in: 'header',
    description:
      'The `ETag` of the resource that you read. If the resource has changed since then, the response is 412 ' +
      '`precondition-failed`. Without this header, the request is executed in any case.',
    schema: text,
    example: '"q3yqVQ0vHc4FbTtOeGf6Jw2dXoA"',
  },
  IfNoneMatch: {
    name: 'If-None-Match',
    in: 'header',
    description: 'The `ETag` of the file that you have. If it is still current, the response is 304 without a body.',
    schema: text,
    example: '"q3yqVQ0vHc4FbTtOeGf6Jw2dXoA"',
  },
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'A new value for each new request, such as a UUID. If the request is repeated with the same key within 24 hours, ' +
      'it is not executed again, and the first response is returned. Each API key has its own Idempotency-Keys, separate ' +
      'from those of its creator.',
    schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x21-\\x7e]+$' },
    example: '5f0c3b9e-2f3e-4c58-9a53-0f6a4c1f7b1d',
  },
  LastEventId: {
    name: 'Last-Event-ID',
    in: 'header',
    description:
      'The id of the last event that you received. The stream continues after this event. Without this header, or with ' +
      'an unknown id, the stream starts with the first stored event.',
    schema: text,
    example: '1843-27',
  },
  Range: {
    name: 'Range',
    in: 'header',
    description: 'The part of the file to return, in bytes (RFC 9110 §14.2). Only if the file store is a folder.',
    schema: text,
    example: 'bytes=0-1023',
  },
  IfRange: {
    name: 'If-Range',
    in: 'header',
    description: 'An `ETag`: `Range` is ignored, and the whole file is returned, if the file has another one.',
    schema: text,
    example: '"q3yqVQ0vHc4FbTtOeGf6Jw2dXoA"',
  },
} as const

type ParameterName = keyof typeof requestHeaders

/** The request headers of a route, as references to the components. */
export function headersOfRequest(route: Route, acceptsKey: boolean): Reference[] {
  const names: ParameterName[] = [
    ...(route.requiresMatch ? (['IfMatch'] as const) : route.acceptsMatch ? (['IfMatchOptional'] as const) : []),
    ...(acceptsKey ? (['IdempotencyKey'] as const) : []),
    ...(isStream(route) ? (['LastEventId'] as const) : []),
    ...(isFile(route) ? (['IfNoneMatch', 'Range', 'IfRange'] as const) : []),
  ]
  return names.map((name) => ({ $ref: `#/components/parameters/${name}` }))
}

/** Whether the response is a stored file, which supports ranges and conditional requests. */
export const isFile = ({ problems = [] }: Route) => problems.includes('range-not-satisfiable')

const isStream = ({ answers }: Route) => answers[200] === 'text/event-stream'

/** The headers of a successful response. */
export function headersOfAnswer(route: Route, status: number, { acceptsKey }: { acceptsKey: boolean }) {
  const answer = route.answers[status]
  const isJson = answer !== null && typeof answer === 'object'
  return references([
    ...(isFile(route) || isJson ? (['ETag'] as const) : []),
    ...(isCreation(route, status) ? (['Location'] as const) : []),
    ...(isJson && hasNextPage(route) ? (['Link'] as const) : []),
    ...(acceptsKey ? (['Idempotency-Replayed'] as const) : []),
    ...everyResponse,
  ])
}

/** The headers of a part of a file (206). */
export const headersOfPart = () => references(['ETag', 'Content-Range', ...everyResponse])

/** The headers of an error response. */
export function headersOfProblem(status: number, codes: string[]) {
  const isTemporary = [429, 503].includes(status) || codes.includes('idempotency-key-in-use')
  return references([
    ...(status === 401 || codes.includes('forbidden') ? (['WWW-Authenticate'] as const) : []),
    ...(isTemporary ? (['Retry-After'] as const) : []),
    ...everyResponse,
  ])
}

const everyResponse = ['RateLimit', 'RateLimit-Policy', 'X-Request-Id'] as const

function references(names: HeaderName[]): Record<string, Reference> {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]))
}

/** A `POST` with a token that creates a resource returns its path. Registrations return tokens, which have no path. */
const isCreation = ({ method, access, operationId }: Route, status: number) =>
  method === 'post' &&
  access !== 'no-token' &&
  (status === 201 || (status === 202 && operationId?.startsWith('create')))

/** A list with a cursor. */
const hasNextPage = ({ query }: Route) =>
  query !== undefined && 'shape' in query && 'after' in (query.shape as Record<string, unknown>)
