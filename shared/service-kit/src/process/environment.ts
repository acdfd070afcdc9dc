import { z } from 'zod'

import { withMovedPorts } from './moved-ports.ts'
import { StartError } from './start-error.ts'
import { validate, type Fault } from './validation.ts'

/** All faults of an environment, or of a file that it names, each as a sentence. */
export class EnvironmentError extends StartError {
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
    .describe(
      'Mode of the process. In `production`, the process does not start if a secret is missing or has its development value, which is public.',
    ),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('Minimum level of the lines in the log.'),
  METRICS_TOKEN: z
    .string()
    .regex(/^[\w.~+/-]{16,}$/, 'must have at least 16 characters, only A-Z a-z 0-9 . _ ~ + / -')
    .optional()
    .describe(
      'Bearer token that a request to `/metrics` must send, at least 16 characters. Set the same value in Prometheus. If not set, every client that can reach the port can read the metrics.',
    ),
}

/** The URL at which the other services reach auth-service. */
export const authServiceUrl = z
  .url()
  .default('http://127.0.0.1:3002')
  .describe('URL of auth-service for calls between services.')

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
  CALLER_REQUESTS_PER_MINUTE: z.coerce
    .number()
    .int()
    .min(0)
    .default(30_000)
    .describe(
      'Maximum number of requests of one user, or of one API key, to this process in a minute; 0 means no limit. Further requests get 429. The default lets a script read and change 10,000 media in a minute. Each process counts alone.',
    ),
  ADDRESS_REQUESTS_PER_MINUTE: z.coerce
    .number()
    .int()
    .min(0)
    .default(30_000)
    .describe(
      'Maximum number of requests without a known token from one network address (IPv6: a /64) to this process in a minute; 0 means no limit. Further requests get 429. The default allows 150 pages with 200 public pictures each. If TRUSTED_PROXIES does not include your proxy, all clients have the same address.',
    ),
  MAX_CONNECTIONS: z.coerce
    .number()
    .int()
    .min(0)
    .default(10_000)
    .describe(
      'Maximum number of open connections of this process; 0 means no limit. Further connections are closed at once, also those of health checks. A connection takes 9 to 25 KB of memory, so the default fits into a container of 512 MB.',
    ),
  HOST: z
    .string()
    .default('::')
    .describe('Address on which the service listens. `::` means all addresses, including IPv4.'),
  PUBLIC_URL: z
    .url()
    .refine(
      (text) => /^https?:\/\/[^/]+\/?$/.test(text),
      'must be an origin without a path, such as https://pictures.example.com',
    )
    .transform((text) => new URL(text).origin)
    .optional()
    .describe(
      'Origin at which clients reach all services, through the gateway or a reverse proxy, such as `https://pictures.example.com`. With it, the URLs in responses, in `Location` and in mails are absolute. If not set, they are paths.',
    ),
  TOKEN_ISSUER: z
    .url()
    .default('http://localhost:3002')
    .describe(
      'Issuer (`iss`) of every token: the URL of auth-service as clients know it. A service rejects all tokens if its value differs from that of auth-service.',
    ),
  TRUSTED_PROXIES: z
    .string()
    .default('loopback')
    .describe(
      'Reverse proxies whose X-Forwarded-For is trusted, separated by commas: addresses, networks, or `loopback`, `linklocal`, `uniquelocal`. If the list includes the address of a client, the client can forge its address.',
    ),
  CORS_ORIGINS: z
    .string()
    .default('')
    .transform((list) =>
      list
        .split(',')
        .map((origin) => origin.trim())
        .filter(Boolean),
    )
    .describe(
      'Origins of web pages that are allowed to call the service (CORS), separated by commas, such as `https://app.example.com`; `*` allows all origins. Empty: no origin. With `NODE_ENV=development`, pages of this machine (`localhost`, any port) are allowed, too.',
    ),
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
  const validated = validate(schema, withMovedPorts(schema, given, source))
  const faults = validated.success ? [] : validated.faults.map((fault) => describeFault(fault, schema, given))
  if (source['NODE_ENV'] === 'production') faults.push(...defaultSecrets(schema, given))
  if (!validated.success || faults.length > 0) throw new EnvironmentError(faults)
  return validated.data
}

function describeFault({ path, message }: Fault, schema: z.ZodObject, given: Record<string, string | undefined>) {
  const name = path.join('.')
  const value = given[name]
  const isShown =
    value !== undefined && canBeShown(schema.shape[name] as z.ZodType | undefined) && /^[\w.+-]{1,40}$/.test(value)
  return `${name} ${message}${isShown ? ` (it is ${value})` : ''}.`
}

/**
 * Whether an error message can contain the value of a variable. Only numbers and options are shown, because a text can be
 * a secret, or a URL with a password.
 */
function canBeShown(field: z.ZodType | undefined): boolean {
  if (!field) return false
  const { type, innerType } = field.def as z.ZodType['def'] & { innerType?: z.ZodType }
  return type === 'number' || type === 'enum' || canBeShown(innerType)
}

function defaultSecrets(schema: z.ZodObject, given: Record<string, string | undefined>): string[] {
  return Object.entries(schema.shape).flatMap(([name, field]) => {
    const standard = developmentDefaults.get(field as z.ZodType)?.value
    if (standard === undefined) return []
    if (given[name] === undefined) return [`${name} is required: production has no default for a secret.`]
    if (given[name] === standard) return [`${name} has its development value, which is public. Choose another one.`]
    return []
  })
}
