import { z } from 'zod'

/** Every fault of an environment, or of a file that it names, told at once, each as a sentence. */
export class EnvironmentError extends Error {
  readonly faults: string[]

  constructor(faults: string[], what = 'The environment') {
    super(`${what} cannot be used:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`)
    this.name = 'EnvironmentError'
    this.faults = faults
  }
}

/** A registry, for it knows a schema's copies too: `.describe()` makes one. */
const developmentDefaults = z.registry<{ value: string }>()

/**
 * A secret that has a well-known value in development, so that nothing need be set to try the product, and that
 * production refuses to start without, or with that value.
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
    .describe('Production refuses the secrets that development starts with.'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('The least level that is logged.'),
}

/** Where auth-service answers the other services. */
export const authServiceUrl = z
  .url()
  .default('http://127.0.0.1:3002')
  .describe('Where auth-service answers the other services.')

/** The variables that every service with an HTTP interface for clients reads. */
export const httpEnvironment = {
  DRAIN_SECONDS: z.coerce
    .number()
    .int()
    .min(1)
    .max(600)
    .default(20)
    .describe(
      'Seconds that a stop waits for the requests in hand; then it cuts them. Who would kill it waits 25 s longer.',
    ),
  HOST: z.string().default('::').describe('The address to listen on; `::` is every one, IPv4 included.'),
  TOKEN_ISSUER: z
    .url()
    .default('http://localhost:3002')
    .describe('The `iss` of every token: the address of auth-service as clients know it. The same in every service.'),
  TRUSTED_PROXIES: z
    .string()
    .default('loopback')
    .describe('Proxies whose X-Forwarded-For is believed: addresses, networks, or `loopback`, separated by commas.'),
  CORS_ORIGINS: z
    .string()
    .default('')
    .transform((list) =>
      list
        .split(',')
        .map((origin) => origin.trim())
        .filter(Boolean),
    )
    .describe('Browser origins that may call this service, separated by commas; none when empty.'),
}

export const port = (standard: number) => z.coerce.number().int().min(0).max(65_535).default(standard)

export const postgresUrl = (standard: string) =>
  z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must be a URL such as postgres://user:password@host:5432/database')
    .default(standard)

/**
 * Reads every variable that `schema` names from `source`.
 *
 * An empty value counts as one that is not set, as compose files and `.env` templates produce them.
 *
 * @throws {EnvironmentError} naming every fault at once.
 */
export function readEnvironment<Schema extends z.ZodObject>(
  schema: Schema,
  source: Record<string, string | undefined>,
): z.output<Schema> {
  const given = Object.fromEntries(
    Object.keys(schema.shape).map((name) => [name, source[name] === '' ? undefined : source[name]]),
  )
  const parsed = schema.safeParse(given)
  const faults = parsed.success ? [] : parsed.error.issues.map((issue) => tellIssue(issue, given))
  if (source['NODE_ENV'] === 'production') faults.push(...defaultSecrets(schema, given))
  if (!parsed.success || faults.length > 0) throw new EnvironmentError(faults)
  return parsed.data
}

function tellIssue(issue: z.core.$ZodIssue, given: Record<string, string | undefined>): string {
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
