import { z } from 'zod'

import { withMovedPorts } from './moved-ports.ts'

/** All faults of an environment, or of a file that it names, each as a sentence. */
export class EnvironmentError extends Error {
  readonly faults: string[]

  constructor(faults: string[], what = 'The environment') {
    super(`${what} cannot be used:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`)
    this.name = 'EnvironmentError'
    this.faults = faults
  }
}

/** A registry, because it also knows the copies of a schema that `.describe()` makes. */
const developmentDefaults = z.registry<{ value: string }>()

/**
 * A secret with a well-known default, so that development needs no configuration. Production refuses to start without a
 * value, or with the default.
 */
export function secret(developmentDefault: string): z.ZodDefault<z.ZodString> {
  const schema = z.string().min(8, 'must have at least 8 characters').default(developmentDefault)
  developmentDefaults.add(schema, { value: developmentDefault })
  return schema
}

/** The variables that every deployable reads. */
export const commonEnvironment = {
  NODE_ENV: z
    .enum(['development', 'test', 'production'])
    .default('development')
    .describe('With `production`, a start with the well-known development secrets is refused.'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('The lowest level that is logged.'),
}

/** The URL at which the other services reach auth-service. */
export const authServiceUrl = z
  .url()
  .default('http://127.0.0.1:3002')
  .describe('URL at which the other services reach auth-service.')

/** The variables that every service with an HTTP interface for clients reads. */
export const httpEnvironment = {
  DRAIN_SECONDS: z.coerce
    .number()
    .int()
    .min(1)
    .max(600)
    .default(20)
    .describe(
      "Seconds to wait for in-flight requests on shutdown before closing their connections. Set your supervisor's kill timeout at least 25 s higher.",
    ),
  HOST: z.string().default('::').describe('Address to listen on. `::` means all addresses, IPv4 included.'),
  TOKEN_ISSUER: z
    .url()
    .default('http://localhost:3002')
    .describe(
      'Issuer (`iss`) of every token: the URL of auth-service as clients know it. Must be the same in every service.',
    ),
  TRUSTED_PROXIES: z
    .string()
    .default('loopback')
    .describe('Comma-separated proxies whose X-Forwarded-For is trusted: addresses, networks, or `loopback`.'),
  CORS_ORIGINS: z
    .string()
    .default('')
    .transform((list) =>
      list
        .split(',')
        .map((origin) => origin.trim())
        .filter(Boolean),
    )
    .describe('Comma-separated browser origins that may call this service (CORS). Empty: none.'),
}

export const port = (standard: number) => z.coerce.number().int().min(0).max(65_535).default(standard)

export const postgresUrl = (standard: string) =>
  z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must be a URL such as postgres://user:password@host:5432/database')
    .default(standard)

/**
 * Reads every variable of `schema` from `source`.
 *
 * An empty value counts as not set, because compose files and `.env` templates produce empty values.
 *
 * @throws {EnvironmentError} with all faults
 */
export function readEnvironment<Schema extends z.ZodObject>(
  schema: Schema,
  source: Record<string, string | undefined>,
): z.output<Schema> {
  const given = Object.fromEntries(
    Object.keys(schema.shape).map((name) => [name, source[name] === '' ? undefined : source[name]]),
  )
  const parsed = schema.safeParse(withMovedPorts(schema, given, source))
  const faults = parsed.success ? [] : parsed.error.issues.map((issue) => describeIssue(issue, given))
  if (source['NODE_ENV'] === 'production') faults.push(...defaultSecrets(schema, given))
  if (!parsed.success || faults.length > 0) throw new EnvironmentError(faults)
  return parsed.data
}

function describeIssue(issue: z.core.$ZodIssue, given: Record<string, string | undefined>): string {
  const name = issue.path.join('.')
  const missing = issue.code === 'invalid_type' && given[name] === undefined
  return missing ? `${name} is not set.` : `${name} is wrong: ${issue.message}.`
}

function defaultSecrets(schema: z.ZodObject, given: Record<string, string | undefined>): string[] {
  return Object.entries(schema.shape).flatMap(([name, field]) => {
    const standard = developmentDefaults.get(field as z.ZodType)?.value
    if (standard === undefined) return []
    if (given[name] === undefined) return [`${name} is not set: production has no default for a secret.`]
    if (given[name] === standard) return [`${name} has its development value, which everybody knows.`]
    return []
  })
}
