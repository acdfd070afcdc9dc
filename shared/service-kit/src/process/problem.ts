import type { ProblemDefinition } from '@likeness/internal-api'
import { z } from 'zod'

import { http } from './without-undici.ts'

export interface FieldError {
  /** The field in the request: `body.email`, `query.limit`, `path.id`. */
  path: string
  message: string
}

interface ProblemExtras {
  errors?: FieldError[]
  headers?: Record<string, string>
  cause?: unknown
}

/** Every 401 carries `WWW-Authenticate` (RFC 9110 §15.5.2), including for a wrong password. */
const challenge = { 'WWW-Authenticate': 'Bearer error="invalid_token"' }

/**
 * An error response. Throw it anywhere; the handler sends it as problem+json (RFC 9457).
 *
 * The type of `code` is the literal code, so that the codes of a catalogue are derived from the catalogue.
 */
export class Problem<Code extends string = string> extends Error {
  readonly status: number
  /** Stable, kebab-case. Clients check it. */
  readonly code: Code
  readonly errors: FieldError[] | undefined
  readonly headers: Record<string, string>

  constructor(status: number, code: Code, detail: string, { errors, headers = {}, cause }: ProblemExtras = {}) {
    super(detail, { cause })
    this.name = 'Problem'
    this.status = status
    this.code = code
    this.errors = errors
    this.headers = status === 401 ? { ...challenge, ...headers } : headers
  }

  /** Without this type, `instanceof` narrows a generic class to `Problem<any>`. */
  static override [Symbol.hasInstance](value: unknown): value is Problem {
    return Function.prototype[Symbol.hasInstance].call(this, value)
  }

  /**
   * The `type` leads to the explanation of the code, in the documentation of the service that returned the problem. It is
   * a relative reference with a full path, as RFC 9457 §3.1.1 recommends, because a self-hosted service does not know its
   * own public address.
   */
  toJSON(): Omit<z.output<typeof problemSchema>, 'instance' | 'requestId'> {
    return {
      type: `/docs/errors#${this.code}`,
      title: http.STATUS_CODES[this.status] ?? 'Error',
      status: this.status,
      detail: this.message,
      code: this.code,
      ...(this.errors ? { errors: this.errors } : {}),
    }
  }
}

/** Creates a problem from its definition. The code stays a literal type, so that `CodesOf` can collect it. */
export function problemFrom<Code extends string>(
  { status, code, detail }: ProblemDefinition<Code>,
  extras?: ProblemExtras,
): Problem<Code> {
  return new Problem(status, code, detail, extras)
}

export const problemSchema = z
  .object({
    type: z.string().describe('URL of the explanation of `code`, relative to the service that returned the response.'),
    title: z.string().describe('The standard phrase for the status, such as `Not Found`.'),
    status: z.int().describe('The HTTP status.'),
    detail: z.string().describe('A sentence for people about this error. The sentence can change.'),
    instance: z.string().describe('Path of the request.'),
    code: z.string().describe('Stable code of the error, in kebab-case. Programs should check this field.'),
    requestId: z
      .string()
      .describe(
        'Id of the request, also in the `X-Request-Id` header of the response. Include the id when you report an error.',
      ),
    errors: z
      .array(
        z
          .object({
            path: z.string().describe('The field, such as `body.email` or `query.limit`.'),
            message: z.string().describe('What is wrong with the field, such as `must be an email address`.'),
          })
          .meta({ id: 'FieldError', description: 'A field of the request that is not valid.' }),
      )
      .optional()
      .describe('The invalid fields. Only with the code `invalid-request`.'),
  })
  .meta({ id: 'Problem', description: 'An error (RFC 9457).' })

const bearer = (description: string) => ({
  'WWW-Authenticate': `Bearer error="invalid_token", error_description="${description}"`,
})
const retryAfter = (seconds: number) => ({ 'Retry-After': String(seconds) })

/** The dependencies that any service can fail to reach, with their names at the start of a sentence. */
export const dependencies = {
  'auth-service': 'auth-service',
  'main-service': 'main-service',
  'medias-service': 'medias-service',
  database: 'The database',
  revocations: 'The feed of revoked tokens',
  dependency: 'Another service',
} as const

export type Dependency = keyof typeof dependencies

/** 503 for a dependency that this service cannot reach. @param name its name at the start of a sentence */
export const unavailable = <What extends string>(what: What, cause?: unknown, name: string = what) =>
  new Problem(503, `${what}-unavailable`, `${name} is unavailable. Try again later.`, {
    headers: retryAfter(2),
    cause,
  })

/** The problems that any service can return. A service's own problems are in its `problems.ts`. */
export const problems = {
  invalidJson: () => new Problem(400, 'invalid-json', 'The body is not valid JSON.'),
  incompleteBody: () => new Problem(400, 'incomplete-body', 'The body is incomplete. Send the request again.'),
  unreadableBody: () =>
    new Problem(
      400,
      'unreadable-body',
      'The body cannot be decoded. Check the headers Content-Encoding and Content-Type.',
    ),
  malformedRequest: () =>
    new Problem(
      400,
      'malformed-request',
      'The request is not valid HTTP/1.1. Check the request line, the headers and the chunks of the body.',
    ),
  invalidTarget: () =>
    new Problem(
      400,
      'invalid-target',
      'The target of the request is neither a path nor a URL. Start it with a slash, and percent-encode special characters.',
    ),
  invalidPath: () => new Problem(400, 'invalid-path', 'The path is not correctly percent-encoded.'),
  invalidIdempotencyKey: () =>
    new Problem(400, 'invalid-idempotency-key', 'The Idempotency-Key must have 1 to 255 visible ASCII characters.'),
  tokenMissing: () =>
    new Problem(401, 'token-missing', 'This request needs an access token in the Authorization header.', {
      headers: bearer('No access token was sent'),
    }),
  tokenInvalid: () =>
    new Problem(401, 'token-invalid', 'The access token is not valid. Refresh it, or log in again.', {
      headers: bearer('The token is not valid'),
    }),
  tokenExpired: () =>
    new Problem(401, 'token-expired', 'The access token has expired. Refresh it.', {
      headers: bearer('The token has expired'),
    }),
  tokenStale: () =>
    new Problem(401, 'token-stale', 'Your permissions have changed since this token was issued. Refresh the token.', {
      headers: bearer('The permissions have changed since the token was issued'),
    }),
  sessionEnded: () =>
    new Problem(401, 'session-ended', 'This session has ended. Log in again.', {
      headers: bearer('The session has ended'),
    }),
  keyRevoked: () =>
    new Problem(401, 'key-revoked', 'This API key has been revoked. Create another one.', {
      headers: bearer('The key has been revoked'),
    }),
  keyInvalid: () =>
    new Problem(401, 'key-invalid', 'This API key is unknown. Check that it is complete.', {
      headers: bearer('The key is not valid'),
    }),
  keyExpired: () =>
    new Problem(401, 'key-expired', 'This API key has expired. Create another one.', {
      headers: bearer('The key has expired'),
    }),
  keyMakerInactive: () =>
    new Problem(
      401,
      'key-maker-inactive',
      'The user who created this API key is suspended or deleted. Use a key of another user.',
      {
        headers: bearer('The user who created the key is not active'),
      },
    ),
  metricsTokenRequired: () =>
    new Problem(
      401,
      'metrics-token-required',
      'The metrics need the token that METRICS_TOKEN contains. Send it as a bearer token.',
      { headers: { 'WWW-Authenticate': 'Bearer realm="metrics"' } },
    ),
  sessionRequired: () =>
    new Problem(
      403,
      'session-required',
      'This request needs the access token of a session. An API key cannot be used.',
    ),
  forbidden: (permission: string) =>
    new Problem(403, 'forbidden', `This request needs the permission ${permission}, which you do not have.`, {
      headers: { 'WWW-Authenticate': 'Bearer error="insufficient_scope"' },
    }),
  featureDisabled: (feature: string) =>
    new Problem(403, 'feature-disabled', `The feature ${feature} is disabled for you.`),
  methodNotAllowed: (method: string, allowed: string[]) =>
    new Problem(
      405,
      'method-not-allowed',
      `This path does not support ${method}. Supported methods: ${allowed.join(', ')}.`,
      { headers: { Allow: allowed.join(', ') } },
    ),
  requestTimeout: () =>
    new Problem(408, 'request-timeout', 'The request did not arrive completely within the time limit. Send it again.'),
  notFound: (what: string) =>
    new Problem(404, 'not-found', `The ${what} does not exist, or you do not have access to it.`),
  noSuchRoute: (method: string, path: string) =>
    new Problem(404, 'no-such-route', `There is no route ${method} ${path}.`),
  idempotencyKeyInUse: () =>
    new Problem(
      409,
      'idempotency-key-in-use',
      'The first request with this Idempotency-Key is still running. Try again in a second.',
      { headers: retryAfter(1) },
    ),
  answerNotRepeatable: () =>
    new Problem(
      409,
      'answer-not-repeatable',
      'The request with this Idempotency-Key already succeeded. The response contained a secret, which is shown only once. To create another one, use a new key.',
    ),
  preconditionFailed: () =>
    new Problem(
      412,
      'precondition-failed',
      'The resource has changed since you read it. Read it again, and send its current ETag in If-Match.',
    ),
  bodyTooLarge: (limitBytes: number) =>
    new Problem(413, 'body-too-large', `The body must have at most ${limitBytes} bytes.`),
  chunkExtensionsTooLarge: () =>
    new Problem(413, 'chunk-extensions-too-large', 'The body has too many chunk extensions. Send it without them.'),
  unsupportedMediaType: (detail: string) => new Problem(415, 'unsupported-media-type', detail),
  expectationFailed: () =>
    new Problem(417, 'expectation-failed', 'The header Expect can only be 100-continue. Send the request without it.'),
  invalid: (errors: FieldError[]) =>
    new Problem(422, 'invalid-request', 'Some fields are not valid. `errors` lists them.', { errors }),
  idempotencyKeyReused: () =>
    new Problem(
      422,
      'idempotency-key-reused',
      'This Idempotency-Key was already used with another request. Use a new key for each new request.',
    ),
  preconditionRequired: () =>
    new Problem(
      428,
      'precondition-required',
      'This request needs the header If-Match. Send the ETag of the resource that you read.',
    ),
  tooManyRequests: (seconds: number) =>
    new Problem(
      429,
      'too-many-requests',
      'There were too many requests. Wait for the number of seconds in the Retry-After header, then try again.',
      { headers: retryAfter(seconds) },
    ),
  headersTooLarge: (limitBytes: number) =>
    new Problem(
      431,
      'headers-too-large',
      `The request line and the headers must have fewer than ${limitBytes} bytes together.`,
    ),
  internalError: () =>
    new Problem(
      500,
      'internal-error',
      'An unexpected error occurred. The log entries with this requestId have the details.',
    ),
  badGateway: (service: Dependency, cause?: unknown) =>
    new Problem(
      502,
      'bad-gateway',
      `${dependencies[service]} closed the connection before it sent a response. The request may have been executed.`,
      { cause, headers: retryAfter(1) },
    ),
  unavailable: (what: Dependency, cause?: unknown) => unavailable(what, cause, dependencies[what]),
}

/** The codes of the problems of a catalogue. */
export type CodesOf<Catalogue extends Record<string, (...facts: never[]) => Problem>> = ReturnType<
  Catalogue[keyof Catalogue]
>['code']

/** The codes that any service can return. */
export type SharedProblemCode = CodesOf<typeof problems>
