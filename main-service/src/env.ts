import { fileURLToPath } from 'node:url'

import {
  authServiceUrl,
  commonEnvironment,
  httpEnvironment,
  port,
  postgresUrl,
  secret,
} from '@likeness/service-kit/process'
import { z } from 'zod'

import { mailEnvironment } from './mail/mail-environment.ts'

const days = (standard: number, least = 1) => z.coerce.number().int().min(least).max(3_650).default(standard)

/** At least 5: auth-service makes three attempts from one network address at once, and counts them before they succeed. */
const attempts = (standard: number) => z.coerce.number().int().min(5).max(1_000_000).default(standard)

/** A placeholder: no page exists there. In development, mails also say how to accept an invitation without a page. */
const DEVELOPMENT_INVITATION_URL = 'http://localhost:3000/accept-invitation'

const variables = z.object({
  ...commonEnvironment,
  PORT: port(3000).describe('Port on which the service listens, for clients and other services.'),
  ...httpEnvironment,
  AUTH_SERVICE_URL: authServiceUrl,
  MAINDB_URL: postgresUrl('postgres://likeness:likeness@127.0.0.1:5432/maindb').describe(
    'URL of maindb, the database of users, roles, permissions and sessions.',
  ),
  DATABASE_POOL_SIZE: z.coerce
    .number()
    .int()
    .min(1)
    .max(500)
    .default(10)
    .describe(
      'Maximum number of database connections of this process. If all connections are in use, a request waits 4 s at most. The sum over all processes must stay below `max_connections` of PostgreSQL.',
    ),
  MEDIAS_SERVICE_URL: z
    .url()
    .default('http://127.0.0.1:3001')
    .describe('URL at which this service calls medias-service.'),
  MAIN_SERVICE_CLIENT_SECRET: secret('main-service-development-secret').describe(
    'Secret with which main-service requests its own tokens from auth-service. Must be the same in auth-service.',
  ),
  GROWTHBOOK_API_HOST: z
    .url({ protocol: /^https?$/, error: 'must be a URL such as https://cdn.growthbook.io' })
    .optional()
    .describe(
      'URL of the GrowthBook server that provides the feature flags. Requires GROWTHBOOK_CLIENT_KEY. If not set, FEATURES_FILE is used.',
    ),
  GROWTHBOOK_CLIENT_KEY: z
    .string()
    .optional()
    .describe('Client key of the SDK connection in GrowthBook, such as `sdk-abc123`. Requires GROWTHBOOK_API_HOST.'),
  GROWTHBOOK_DECRYPTION_KEY: z
    .string()
    .refine(isAesKey, 'must be a base64-encoded AES key, as shown by GrowthBook')
    .optional()
    .describe(
      'Base64-encoded AES key that decrypts the features, if the SDK connection encrypts them. With a wrong key, all features have their defaults.',
    ),
  FEATURES_FILE: z
    .string()
    .default(fileURLToPath(new URL('../features.json', import.meta.url)))
    .describe(
      "Path of a JSON file with feature flags in GrowthBook's format. Used only if GROWTHBOOK_API_HOST is not set. Changes take effect without a restart.",
    ),
  SESSION_IDLE_DAYS: days(30).describe('Days after which an unused session expires. Each token refresh counts as use.'),
  ERASURE_DAYS: days(30).describe(
    'Days for which a deleted user can be restored. After that, the user and their media are erased permanently.',
  ),
  SESSION_ABSOLUTE_DAYS: days(90).describe(
    'Maximum age of a session in days. After that, the user must log in again, even if the session is in use.',
  ),
  AUDIT_DAYS: days(365, 30).describe('Days after which entries of the audit trail are deleted, at least 30.'),
  LOGIN_FAILURES_PER_ADDRESS: attempts(9).describe(
    'Failed logins from one network address (for IPv6, a /64) within 15 minutes, after which further logins from it are rejected with 429, whatever the account. Logins of devices with a device token are neither counted nor rejected, and a correct password takes the failures of its account off. A higher value gives a large office more room for typing errors, and an attacker more guesses. Behind a reverse proxy, TRUSTED_PROXIES must be right: otherwise all users count as one address.',
  ),
  REGISTRATIONS_PER_ADDRESS: attempts(100).describe(
    'Registrations from one network address (for IPv6, a /64) within 15 minutes, after which further ones are rejected with 429. A registration computes a password hash, about 10 ms of one core. Behind a reverse proxy, TRUSTED_PROXIES must be right.',
  ),
  USER_CARDS: z
    .enum(['on', 'off'])
    .default('on')
    .describe(
      'Whether every signed-in user can read the name and the avatar of other users, by their id. `off`: `GET /users/:id/card` and `GET /users/cards` return 403, so an application cannot show who uploaded a picture.',
    ),
  INVITATION_URL: z
    .url({ protocol: /^https?$/, error: 'must be a URL such as https://example.com/accept-invitation' })
    .default(DEVELOPMENT_INVITATION_URL)
    .describe(
      'URL of a page of your app that invitation mails link to, with `?token=…` added. The page asks for a password, and sends the token and the password to `POST /api/v1/auth/invitations/accept` of auth-service. Required in production if SMTP_URL is set.',
    ),
  ...mailEnvironment(fileURLToPath(new URL('../../.local/mail', import.meta.url))),
})

const growthbook = ['GROWTHBOOK_API_HOST', 'GROWTHBOOK_CLIENT_KEY'] as const

/** Runs the check even if other variables are invalid, so that all errors are reported together. */
const always = { when: () => true }

export const environmentSchema = variables
  .superRefine((environment, context) => {
    const missing = growthbook.filter((name) => environment[name] === undefined)
    if (missing.length !== 1) return
    const message = `is required, because ${growthbook.find((name) => name !== missing[0])} is set`
    context.addIssue({ code: 'custom', path: missing, message, input: environment })
  }, always)
  .superRefine((environment, context) => {
    const { NODE_ENV, SMTP_URL, INVITATION_URL } = environment
    if (NODE_ENV !== 'production' || !SMTP_URL || INVITATION_URL !== DEVELOPMENT_INVITATION_URL) return
    const message = 'must be the URL of a page of your app, because SMTP_URL is set in production'
    context.addIssue({ code: 'custom', path: ['INVITATION_URL'], message, input: environment })
  }, always)

function isAesKey(key: string): boolean {
  const bytes = Buffer.from(key, 'base64')
  return [16, 24, 32].includes(bytes.length) && bytes.toString('base64') === key
}

export type Environment = z.output<typeof environmentSchema>
