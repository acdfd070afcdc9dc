import type { ProblemDefinition } from '@likeness/internal-api'
import { z } from 'zod'

import { http } from './without-undici.ts'

export interface FieldError {
  /** Where in the request: `body.email`, `query.limit`, `path.id`. */
  path: string
  message: string
}

interface ProblemExtras {
  errors?: FieldError[]
  headers?: Record<string, string>
  cause?: unknown
}

/** Every 401 says by what it could have been none (RFC 9110, 15.5.2), a wrong password's too. */
const challenge = { 'WWW-Authenticate': 'Bearer error="invalid_token"' }

/**
 * An answer that is not the one asked for: thrown anywhere, told to the client as problem+json (RFC 9457).
 *
 * The type of `code` is the literal code, so that the codes of a catalogue are derived from the catalogue.
 */
export class Problem<Code extends string = string> extends Error {
  readonly status: number
  /** Stable, kebab-case; what clients decide by. */
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

  toJSON(): Omit<z.output<typeof problemSchema>, 'instance' | 'requestId'> {
    return {
      type: 'about:blank',
      title: http.STATUS_CODES[this.status] ?? 'Error',
      status: this.status,
      detail: this.message,
      code: this.code,
      ...(this.errors ? { errors: this.errors } : {}),
    }
  }
}

/** The problem of a definition. Its code stays a literal type, so that `CodesOf` knows it. */
export function problemFrom<Code extends string>({ status, code, detail }: ProblemDefinition<Code>): Problem<Code> {
  return new Problem(status, code, detail)
}

export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    code: z.string().describe('Stable, kebab-case: decide by this.'),
    requestId: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem' })

const bearer = (description: string) => ({
  'WWW-Authenticate': `Bearer error="invalid_token", error_description="${description}"`,
})
const retryAfter = (seconds: number) => ({ 'Retry-After': String(seconds) })

/** The services and stores that every service may find unreachable. A service adds its own in its `problems.ts`. */
export type Dependency = 'auth-service' | 'main-service' | 'medias-service' | 'database' | 'revocations' | 'dependency'

/** 503 for something that this service needs and cannot reach. */
export const unavailable = <What extends string>(what: What, cause?: unknown) =>
  new Problem(503, `${what}-unavailable`, `The ${what} cannot be reached at the moment.`, {
    headers: retryAfter(2),
    cause,
  })

/** The problems that every service may answer; a service's own stand in its `problems.ts`. */
export const problems = {
  invalidJson: () => new Problem(400, 'invalid-json', 'The body is not JSON.'),
  incompleteBody: () => new Problem(400, 'incomplete-body', 'The body ended before it was complete.'),
  unreadableBody: () => new Problem(400, 'unreadable-body', 'The body cannot be read.'),
  invalidPath: () => new Problem(400, 'invalid-path', 'The path is not properly encoded.'),
  invalidIdempotencyKey: () =>
    new Problem(400, 'invalid-idempotency-key', 'An Idempotency-Key has 1 to 255 visible ASCII characters.'),
  tokenMissing: () =>
    new Problem(401, 'token-missing', 'This needs an access token.', { headers: bearer('No access token was sent') }),
  tokenInvalid: () =>
    new Problem(401, 'token-invalid', 'The access token is not valid.', { headers: bearer('The token is not valid') }),
  tokenExpired: () =>
    new Problem(401, 'token-expired', 'The access token has expired.', { headers: bearer('The token has expired') }),
  tokenStale: () =>
    new Problem(401, 'token-stale', 'Your rights have changed since this token was made: refresh it.', {
      headers: bearer('The rights have changed since the token was made'),
    }),
  sessionEnded: () =>
    new Problem(401, 'session-ended', 'This session has ended.', { headers: bearer('The session has ended') }),
  keyRevoked: () =>
    new Problem(401, 'key-revoked', 'This API key has been revoked.', { headers: bearer('The key has been revoked') }),
  keyInvalid: () =>
    new Problem(401, 'key-invalid', 'This API key is not one of ours.', { headers: bearer('The key is not valid') }),
  keyExpired: () =>
    new Problem(401, 'key-expired', 'This API key has expired.', { headers: bearer('The key has expired') }),
  keyMakerInactive: () =>
    new Problem(401, 'key-maker-inactive', 'Whoever made this API key cannot sign in at the moment.', {
      headers: bearer('The maker of the key is not active'),
    }),
  sessionRequired: () => new Problem(403, 'session-required', 'This is for whoever has logged in, not for an API key.'),
  forbidden: (permission: string) =>
    new Problem(403, 'forbidden', `This needs the permission ${permission}.`, {
      headers: { 'WWW-Authenticate': 'Bearer error="insufficient_scope"' },
    }),
  featureDisabled: (feature: string) =>
    new Problem(403, 'feature-disabled', `The feature ${feature} is switched off for you.`),
  methodNotAllowed: (method: string, allowed: string[]) =>
    new Problem(405, 'method-not-allowed', `${method} is not answered here.`, {
      headers: { Allow: allowed.join(', ') },
    }),
  notFound: (what: string) => new Problem(404, 'not-found', `There is no such ${what}.`),
  noSuchRoute: (method: string, path: string) =>
    new Problem(404, 'no-such-route', `Nothing answers ${method} ${path}.`),
  idempotencyKeyInUse: () =>
    new Problem(409, 'idempotency-key-in-use', 'The first request with this Idempotency-Key is still running.', {
      headers: retryAfter(1),
    }),
  answerNotRepeatable: () =>
    new Problem(
      409,
      'answer-not-repeatable',
      'What this Idempotency-Key was sent for is done; its answer held a secret, and such a one is shown once.',
    ),
  preconditionFailed: () =>
    new Problem(412, 'precondition-failed', 'It has changed since: If-Match names another version of it.'),
  bodyTooLarge: (limitBytes: number) =>
    new Problem(413, 'body-too-large', `The body has more than ${limitBytes} bytes.`),
  unsupportedMediaType: (detail: string) => new Problem(415, 'unsupported-media-type', detail),
  invalid: (errors: FieldError[]) =>
    new Problem(422, 'invalid-request', 'Some fields are not valid; `errors` names each.', { errors }),
  idempotencyKeyReused: () =>
    new Problem(422, 'idempotency-key-reused', 'This Idempotency-Key was sent before with another request.'),
  preconditionRequired: () =>
    new Problem(428, 'precondition-required', 'This needs If-Match with the ETag of what you have read.'),
  internalError: () =>
    new Problem(500, 'internal-error', 'Something went wrong here; the request id finds it in the log.'),
  unavailable: (what: Dependency, cause?: unknown) => unavailable(what, cause),
}

/** The codes that the problems of a catalogue have. */
export type CodesOf<Catalogue extends Record<string, (...facts: never[]) => Problem>> = ReturnType<
  Catalogue[keyof Catalogue]
>['code']

/** The codes that every service may answer. */
export type SharedProblemCode = CodesOf<typeof problems>
