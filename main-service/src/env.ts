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

/** No page exists there. In development, mails also explain how to accept without a page. */
const DEVELOPMENT_INVITATION_URL = 'http://localhost:3000/accept-invitation'

const variables = z.object({
  ...commonEnvironment,
  PORT: port(3000).describe('Port for HTTP.'),
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
    .describe('Maximum number of connections to maindb that this process opens.'),
  MEDIAS_SERVICE_URL: z
    .url()
    .default('http://127.0.0.1:3001')
    .describe('URL of medias-service for calls between services.'),
  MAIN_SERVICE_CLIENT_SECRET: secret('main-service-development-secret').describe(
    'Secret with which main-service requests its own tokens from auth-service. Must be the same in auth-service.',
  ),
  GROWTHBOOK_API_HOST: z
    .url({ protocol: /^https?$/, error: 'must be an address such as https://cdn.growthbook.io' })
    .optional()
    .describe("URL of GrowthBook's SDK endpoint, for feature flags. Requires GROWTHBOOK_CLIENT_KEY."),
  GROWTHBOOK_CLIENT_KEY: z
    .string()
    .optional()
    .describe('Client key of an SDK connection in GrowthBook, such as `sdk-abc123`.'),
  GROWTHBOOK_DECRYPTION_KEY: z
    .string()
    .refine(isAesKey, 'must be an AES key in base64, as GrowthBook shows it')
    .optional()
    .describe('Key that decrypts the features, if the SDK connection encrypts them.'),
  FEATURES_FILE: z
    .string()
    .default(fileURLToPath(new URL('../features.json', import.meta.url)))
    .describe(
      "File of feature flags in GrowthBook's format, used when GROWTHBOOK_API_HOST is not set. Read again when it changes.",
    ),
  SESSION_IDLE_DAYS: days(30).describe('Days without a refresh after which a session expires.'),
  ERASURE_DAYS: days(30).describe(
    'Days for which a deleted user can be restored. Afterwards the user and their media are erased.',
  ),
  SESSION_ABSOLUTE_DAYS: days(90).describe('Days after which a session expires even if it is in use.'),
  AUDIT_DAYS: days(365, 30).describe('Days for which the lines of the audit trail are kept, at least 30.'),
  INVITATION_URL: z
    .url({ protocol: /^https?$/, error: 'must be a URL such as https://example.com/accept-invitation' })
    .default(DEVELOPMENT_INVITATION_URL)
    .describe(
      'URL of your page that invitations link to, with `?token=`. The page asks for a password and posts both to `/auth/invitations/accept`.',
    ),
  ...mailEnvironment(fileURLToPath(new URL('../../.local/mail', import.meta.url))),
})

const growthbook = ['GROWTHBOOK_API_HOST', 'GROWTHBOOK_CLIENT_KEY'] as const

/** Runs even if other variables are invalid, so that all errors are reported together. */
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
    const message = 'must be the URL of your page when production sends mail'
    context.addIssue({ code: 'custom', path: ['INVITATION_URL'], message, input: environment })
  }, always)

function isAesKey(key: string): boolean {
  const bytes = Buffer.from(key, 'base64')
  return [16, 24, 32].includes(bytes.length) && bytes.toString('base64') === key
}

export type Environment = z.output<typeof environmentSchema>
