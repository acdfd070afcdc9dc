import type { Client } from './client.ts'
import { pause } from './pause.ts'
import { readProblem, type ProblemError } from './problem-error.ts'
import { randomId } from './random-id.ts'

/** The statuses of `A`, the bodies and the codes of an operation's responses, that are no errors. */
type SuccessStatus<A> = Extract<keyof A, 200 | 201 | 202 | 204 | 206 | 207>

/** The codes of the problems of an operation: `ProblemCodeOf<typeof uploadMedia>`. */
export type ProblemCodeOf<Operation> = Operation extends (...args: never[]) => Call<infer A>
  ? Extract<A[Exclude<keyof A, SuccessStatus<A>>], string>
  : never

/** A response with its status, so that a check of the status narrows the type of the body. */
export type Answer<A> = {
  [Status in SuccessStatus<A>]: { status: Status; body: A[Status]; headers: Headers }
}[SuccessStatus<A>]

/** A running request. Await it for the body, or await `withResponse()` for the status and the headers too. */
export interface Call<A> extends Promise<A[SuccessStatus<A>]> {
  withResponse(): Promise<Answer<A>>
  /** Only for types, such as `ProblemCodeOf`. */
  readonly answers?: A
}

/** The last argument of every operation. */
export interface CallOptions {
  signal?: AbortSignal | undefined
  /** More headers, such as `{ 'If-None-Match': etag }`. */
  headers?: Record<string, string> | undefined
  /** The `ETag` of the resource that you read. If it has changed since then, the error is `precondition-failed`. */
  ifMatch?: string | undefined
  /** Repeating a request with the same key does not execute it again. Default: a new key for each call. */
  idempotencyKey?: string | undefined
  /** Sends this request instead of the client's `fetch`. */
  fetch?: typeof globalThis.fetch | undefined
}

/** What an operation sends. At most one of the three bodies is set. */
export interface Input {
  query?: object | undefined
  json?: unknown
  /** Sent as multipart. A list is sent as repeated fields. */
  form?: object | undefined
  /** Sent as `application/x-www-form-urlencoded`. */
  urlencoded?: object | undefined
  /** Whether the operation accepts an `Idempotency-Key`. */
  once?: boolean
  /** Whether the operation is sent without a token. */
  open?: boolean
}

/**
 * Sends the request of an operation. A request that cannot be executed twice is repeated: after 429, 502 and 503
 * when `Retry-After` says so. After a 401, any request is sent once more, with a new token.
 *
 * @throws {ProblemError} if the response is an error
 */
export function call<A>(client: Client, method: string, path: string, input: Input, options?: CallOptions): Call<A> {
  const answer = send(client, method, path, input, options)
  const body = answer.then((received) => received.body)
  return Object.assign(body, {
    withResponse() {
      // Only the promise that is returned here rejects.
      body.catch(() => {})
      return answer
    },
  }) as Call<A>
}

/** Encodes the values in a path. */
export const path = (texts: TemplateStringsArray, ...values: (string | number)[]): string =>
  String.raw({ raw: texts }, ...values.map((value) => encodeURIComponent(value)))

/** A longer wait is left to the caller, such as the lock of an account after too many attempts. */
const LONGEST_WAIT_SECONDS = 30

async function send(
  client: Client,
  method: string,
  route: string,
  input: Input,
  { signal, headers, ifMatch, idempotencyKey, fetch = client.fetch }: CallOptions = {},
): Promise<{ status: number; body: unknown; headers: Headers }> {
  const key = idempotencyKey ?? (input.once ? randomId() : undefined)
  const body = bodyOf(input)
  let token = input.open ? undefined : await client.auth.token()
  let isRefreshed = false

  for (let retries = 0; ;) {
    const response = await fetch(urlOf(client, route, input.query), {
      method,
      signal: signal ?? null,
      headers: merged(
        {
          'content-type': input.json === undefined ? undefined : 'application/json',
          'if-match': ifMatch,
          'idempotency-key': key,
          authorization: token === undefined ? undefined : `Bearer ${token}`,
        },
        headers,
      ),
      ...(body === undefined ? {} : { body }),
    })
    if (response.ok) return { status: response.status, body: await readBody(response), headers: response.headers }

    const problem = await readProblem(response)
    if (token !== undefined && !isRefreshed && isAboutToken(problem)) {
      isRefreshed = true
      const next = await client.auth.token(token)
      if (next === undefined || next === token) throw problem
      token = next
    } else {
      const isSafe = key !== undefined || (method !== 'POST' && ifMatch === undefined)
      if (retries >= client.retries || !isRefused(problem, isSafe)) throw problem
      retries += 1
      // Clients that were rejected together do not return together.
      await pause((problem.retryAfter ?? 0) * (1 + Math.random() / 4) * 1_000, signal)
    }
  }
}

/** The caller's headers replace the others, whatever their case. */
function merged(own: Record<string, string | undefined>, given: Record<string, string> = {}): Headers {
  const headers = new Headers()
  for (const [name, value] of [...Object.entries(own), ...Object.entries(given)]) {
    if (value !== undefined) headers.set(name, value)
  }
  return headers
}

const isAboutToken = ({ status, code }: ProblemError) => status === 401 && /^(token|session)-/.test(code)

/**
 * Whether the server asks to repeat the request later, and the repetition cannot execute it twice. 429 and `overloaded` are
 * returned before anything is executed. A 502 or another 503 can also occur after the change was stored.
 */
function isRefused({ status, code, retryAfter }: ProblemError, isSafe: boolean): boolean {
  if (retryAfter === undefined || retryAfter > LONGEST_WAIT_SECONDS) return false
  if (status === 502 || status === 503) return isSafe || code === 'overloaded'
  return status === 429
}

function urlOf({ baseUrl }: Client, route: string, query: object = {}): string {
  const values = new URLSearchParams()
  append(values, query, String)
  const search = values.toString()
  return `${baseUrl}${route.startsWith('/.') ? '' : '/api/v1'}${route}${search ? `?${search}` : ''}`
}

function bodyOf({ json, form, urlencoded }: Input): string | FormData | URLSearchParams | undefined {
  if (form) return append(new FormData(), form, (value) => (value instanceof Blob ? value : String(value)))
  if (urlencoded) return append(new URLSearchParams(), urlencoded, String)
  return json === undefined ? undefined : JSON.stringify(json)
}

/** Appends every value that is set. A list is repeated. */
function append<Target extends FormData | URLSearchParams, Value>(
  target: Target,
  fields: object,
  convert: (value: unknown) => Value,
): Target {
  for (const [name, given] of Object.entries(fields) as [string, unknown][]) {
    for (const value of Array.isArray(given) ? given : [given]) {
      if (value !== undefined) (target as { append(name: string, value: Value): void }).append(name, convert(value))
    }
  }
  return target
}

/** A file or a stream is returned as the response itself, so that the caller can choose how to read it. */
function readBody(response: Response): Promise<unknown> | Response | undefined {
  if (response.status === 204) return undefined
  return /\bjson\b/.test(response.headers.get('content-type') ?? '') ? response.json() : response
}
