import type { ResponseConfig } from '@asteasolutions/zod-to-openapi'

import { headersOfProblem } from './described-headers.ts'
import type { ErrorEntry } from './error-reference.ts'
import { bodyOf, permissionOf, type Route } from './route.ts'

/** The codes with which a service rejects an access token or an API key. */
const tokenCodes = [
  'token-invalid',
  'token-expired',
  'token-stale',
  'session-ended',
  'key-invalid',
  'key-expired',
  'key-revoked',
  'key-maker-inactive',
]

const jsonBodyCodes = [
  'invalid-json',
  'incomplete-body',
  'unreadable-body',
  'body-too-large',
  'chunk-extensions-too-large',
  'unsupported-media-type',
]

const multipartBodyCodes = ['incomplete-body', 'body-too-large', 'chunk-extensions-too-large', 'unsupported-media-type']

/** The codes of every operation: of the HTTP server, of the request limits, and of an unknown query parameter. */
const everyOperation = [
  'malformed-request',
  'request-timeout',
  'expectation-failed',
  'invalid-request',
  'too-many-requests',
  'headers-too-large',
  'internal-error',
]

/** The codes that are specific to a route: those that it declares, and those of its id and of `If-Match`. */
export function ownProblemsOf({ params, requiresMatch, acceptsMatch, problems = [] }: Route): string[] {
  const codes = [
    ...(params ? ['not-found'] : []),
    ...problems,
    ...(requiresMatch ? ['precondition-required'] : []),
    ...(requiresMatch || acceptsMatch ? ['precondition-failed'] : []),
  ]
  return [...new Set(codes)]
}

/** Every code that an operation can return. @param unavailable the codes for the dependencies of the whole service */
export function problemsOfOperation(route: Route, acceptsKey: boolean, unavailable: string[]): string[] {
  const { access, feature, params, answersSecret } = route
  const permission = permissionOf(access)
  const isPublic = access.endsWith(' or public')
  const codes = [
    ...everyOperation,
    ...ownProblemsOf(route),
    ...unavailable,
    ...(access === 'no-token' ? [] : [...tokenCodes, 'revocations-unavailable']),
    ...(access === 'no-token' || access === 'anyone' ? [] : ['token-missing']),
    ...(permission && !isPublic ? ['forbidden'] : []),
    ...(feature === undefined ? [] : ['feature-disabled']),
    ...(params ? ['invalid-path'] : []),
    ...bodyCodes(route),
    ...(acceptsKey ? ['invalid-idempotency-key', 'idempotency-key-in-use', 'idempotency-key-reused'] : []),
    ...(acceptsKey && answersSecret ? ['answer-not-repeatable'] : []),
  ]
  return [...new Set(codes)]
}

function bodyCodes(route: Route): string[] {
  if (route.receive) return route.receive.fileField === undefined ? [] : multipartBodyCodes
  return bodyOf(route) ? jsonBodyCodes : []
}

/** The responses that many operations share, by their status. The name of a response with one code is its code. */
const sharedNames: Record<string, Record<string, string[]>> = {
  400: {
    BadRequest: ['malformed-request', 'invalid-path'],
    BadBody: ['malformed-request', 'invalid-json', 'incomplete-body', 'unreadable-body'],
    BadRequestOrBody: ['malformed-request', 'invalid-path', 'invalid-json', 'incomplete-body', 'unreadable-body'],
    BadBodyOrKey: [
      'malformed-request',
      'invalid-json',
      'incomplete-body',
      'unreadable-body',
      'invalid-idempotency-key',
    ],
  },
  401: { Unauthorized: ['token-missing', ...tokenCodes], UnauthorizedToken: tokenCodes },
  409: { IdempotencyConflict: ['idempotency-key-in-use'] },
  413: { ContentTooLarge: ['body-too-large', 'chunk-extensions-too-large'] },
  422: { InvalidRequestOrKey: ['invalid-request', 'idempotency-key-reused'] },
  503: {
    Unavailable: ['auth-service-unavailable', 'database-unavailable', 'revocations-unavailable'],
    AccountsUnavailable: ['main-service-unavailable', 'revocations-unavailable'],
  },
}

export interface ProblemResponse {
  status: number
  codes: string[]
  /** The name of the response, if it is a shared component. */
  name?: string
  response: ResponseConfig
}

/**
 * The error responses of an operation: one for each status, with the codes that it can have.
 *
 * @param entries the explanations of the codes; a code that none of them explains is left out
 */
export function problemResponses(codes: string[], entries: Map<string, ErrorEntry>): ProblemResponse[] {
  const byStatus = new Map<number, ErrorEntry[]>()
  for (const entry of entries.values()) {
    if (!codes.includes(entry.code)) continue
    for (const status of entry.statuses) byStatus.set(status, [...(byStatus.get(status) ?? []), entry])
  }
  return [...byStatus].map(([status, explained]) => {
    const sorted = explained.map(({ code }) => code).sort()
    const name = nameOf(status, sorted)
    return { status, codes: sorted, ...(name ? { name } : {}), response: describeProblem(status, explained) }
  })
}

function nameOf(status: number, codes: string[]): string | undefined {
  const [code = '', ...others] = codes
  const shared = Object.entries(sharedNames[status] ?? {}).find(
    ([, named]) => [...named].sort().join(' ') === codes.join(' '),
  )
  if (shared) return shared[0]
  return others.length === 0 ? pascalCase(code) : undefined
}

const pascalCase = (code: string) => code.replaceAll(/(?:^|[-_])(\w)/g, (_match, first: string) => first.toUpperCase())

function describeProblem(status: number, entries: ErrorEntry[]): ResponseConfig {
  const explained = entries.map(({ code, meaning }) => `[\`${code}\`](/docs/errors#${code}): ${meaning}`)
  const codes = entries.map(({ code }) => code)
  return {
    description: explained.length === 1 ? (explained[0] ?? '') : explained.map((line) => `- ${line}`).join('\n'),
    headers: headersOfProblem(status, codes),
    content: {
      'application/problem+json': {
        schema: {
          allOf: [
            { $ref: '#/components/schemas/Problem' },
            {
              type: 'object',
              properties: {
                status: { type: 'integer', enum: [status], description: 'The HTTP status.' },
                code: {
                  type: 'string',
                  enum: codes,
                  description: 'Stable code of the error. Programs should check this field.',
                },
              },
              required: ['status', 'code'],
            },
          ],
        },
      },
    },
  }
}
