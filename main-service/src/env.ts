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

/** Nothing answers there: in development a mail also says how to accept without a page. */
const DEVELOPMENT_INVITATION_URL = 'http://localhost:3000/accept-invitation'

const variables = z.object({
  ...commonEnvironment,
  PORT: port(3000).describe('The port to listen on.'),
  ...httpEnvironment,
  AUTH_SERVICE_URL: authServiceUrl,
  MAINDB_URL: postgresUrl('postgres://likeness:likeness@127.0.0.1:5432/maindb').describe(
    'Where maindb is: users, roles, permissions and sessions.',
  ),
  DATABASE_POOL_SIZE: z.coerce
    .number()
    .int()
    .min(1)
    .max(500)
    .default(10)
    .describe('The most connections to maindb that this process opens.'),
  MEDIAS_SERVICE_URL: z
    .url()
    .default('http://127.0.0.1:3001')
    .describe("Where medias-service answers the other services: a user's media are listed there."),
  SERVICE_CLIENT_ID: z
    .string()
    .min(1)
    .default('main-service')
    .describe('The name by which this service asks auth-service for its own tokens.'),
  SERVICE_CLIENT_SECRET: secret('main-service-development-secret').describe(
    'The secret that goes with SERVICE_CLIENT_ID; auth-service knows the same.',
  ),
  GROWTHBOOK_API_HOST: z
    .url({ protocol: /^https?$/, error: 'must be an address such as https://cdn.growthbook.io' })
    .optional()
    .describe("GrowthBook's SDK endpoint, where feature flags come from; it goes together with GROWTHBOOK_CLIENT_KEY."),
  GROWTHBOOK_CLIENT_KEY: z
    .string()
    .optional()
    .describe('The client key of an SDK connection in GrowthBook, such as `sdk-abc123`.'),
  GROWTHBOOK_DECRYPTION_KEY: z
    .string()
    .refine(isAesKey, 'must be an AES key in base64, as GrowthBook shows it')
    .optional()
    .describe('What opens the features, where the SDK connection encrypts them.'),
  FEATURES_FILE: z
    .string()
    .default(fileURLToPath(new URL('../features.json', import.meta.url)))
    .describe("Feature flags in GrowthBook's format, where no GrowthBook is named; read again when the file changes."),
  SESSION_IDLE_DAYS: days(30).describe('Days without a refresh after which a session has ended.'),
  ERASURE_DAYS: days(30).describe('Days that a deleted user can be restored; then they are erased, with their media.'),
  SESSION_ABSOLUTE_DAYS: days(90).describe('Days after which a session ends however much it is used.'),
  AUDIT_DAYS: days(365, 30).describe('Days for which the audit trail is kept, at least 30.'),
  INVITATION_URL: z
    .url({ protocol: /^https?$/, error: 'must be a URL such as https://example.com/accept-invitation' })
    .default(DEVELOPMENT_INVITATION_URL)
    .describe(
      'The page of yours that invitations link to, with `?token=`: it asks for a password and posts both to `/auth/invitations/accept`.',
    ),
  ...mailEnvironment(fileURLToPath(new URL('../../.local/mail', import.meta.url))),
})

const growthbook = ['GROWTHBOOK_API_HOST', 'GROWTHBOOK_CLIENT_KEY'] as const

/** Told together with every other fault. */
const always = { when: () => true }

export const environmentSchema = variables
  .superRefine((environment, context) => {
    const missing = growthbook.filter((name) => environment[name] === undefined)
    if (missing.length !== 1) return
    const message = `it goes together with ${growthbook.find((name) => name !== missing[0])}, which is set`
    context.addIssue({ code: 'custom', path: missing, message, input: environment })
  }, always)
  .superRefine((environment, context) => {
    const { NODE_ENV, SMTP_URL, INVITATION_URL } = environment
    if (NODE_ENV !== 'production' || !SMTP_URL || INVITATION_URL !== DEVELOPMENT_INVITATION_URL) return
    const message = 'production that sends mail needs the address of a page of yours'
    context.addIssue({ code: 'custom', path: ['INVITATION_URL'], message, input: environment })
  }, always)

function isAesKey(key: string): boolean {
  const bytes = Buffer.from(key, 'base64')
  return [16, 24, 32].includes(bytes.length) && bytes.toString('base64') === key
}

export type Environment = z.output<typeof environmentSchema>
