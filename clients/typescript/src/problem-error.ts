import type { ProblemCode } from './generated/problem-codes.ts'

/** A field that the server rejected. */
export interface FieldError {
  /** The field, such as `body.email` or `query.limit`. */
  path: string
  /** What is wrong with it, such as `must be an email address`. */
  message: string
}

/** The body of an error response (RFC 9457), as the server sent it. */
interface ProblemDocument {
  type?: string
  title?: string
  status?: number
  detail?: string
  instance?: string
  code?: string
  requestId?: string
  errors?: FieldError[]
}

/**
 * An error response of the API. `code` is stable, so programs check it, best with {@link isProblem}; `message` is the
 * server's sentence for people, with the first rejected field. A response that is no problem document, such as the page of a proxy, has the code
 * `http-error`.
 */
export class ProblemError<Code extends string = ProblemCode> extends Error {
  override readonly name = 'ProblemError'
  /** The HTTP status. */
  readonly status: number
  readonly code: Code
  /** The rejected fields. Empty unless the code is `invalid-request`. */
  readonly errors: readonly FieldError[]
  /** Identifies the request in the logs of the server. */
  readonly requestId: string | undefined
  /** Seconds after which the request can be repeated, if the server named them. */
  readonly retryAfter: number | undefined
  /** The whole problem document. */
  readonly problem: ProblemDocument

  constructor(response: Pick<Response, 'status' | 'headers'>, problem: ProblemDocument = {}) {
    const [field] = problem.errors ?? []
    const detail = problem.detail ?? `The server answered ${response.status} without an explanation.`
    super(field ? `${detail} ${field.path} ${field.message}` : detail)
    this.status = response.status
    this.code = (problem.code ?? 'http-error') as Code
    this.errors = problem.errors ?? []
    this.requestId = problem.requestId ?? response.headers.get('x-request-id') ?? undefined
    this.retryAfter = secondsOf(response.headers.get('retry-after'))
    this.problem = problem
  }
}

/**
 * Whether an error is a problem of the API, and has one of these codes if any are given.
 *
 * @example
 *   if (isProblem(error, 'email-taken')) showLogin()
 */
export function isProblem<Code extends ProblemCode>(error: unknown, ...codes: Code[]): error is ProblemError<Code> {
  return error instanceof ProblemError && (codes.length === 0 || codes.includes(error.code as Code))
}

/** Reads an error response, whatever its body is. */
export async function readProblem(response: Response): Promise<ProblemError> {
  try {
    return new ProblemError(response, (await response.json()) as ProblemDocument)
  } catch {
    return new ProblemError(response)
  }
}

/** `Retry-After` has seconds or a date (RFC 9110 §10.2.3). */
function secondsOf(header: string | null): number | undefined {
  if (!header) return undefined
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1_000
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds)
}
