import { fileURLToPath } from 'node:url'

import { authServiceUrl, commonEnvironment, httpEnvironment, port, postgresUrl, secret } from '@likeness/service-kit'
import { z } from 'zod'

const days = (standard: number) => z.coerce.number().int().min(1).max(3_650).default(standard)

export const environmentSchema = z.object({
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
  FEATURES_FILE: z
    .string()
    .default(fileURLToPath(new URL('../features.json', import.meta.url)))
    .describe("The feature flags in GrowthBook's format; read again when the file changes."),
  SESSION_IDLE_DAYS: days(30).describe('Days without a refresh after which a session has ended.'),
  ERASURE_DAYS: days(30).describe('Days that a deleted user can be restored; then they are erased, with their media.'),
  SESSION_ABSOLUTE_DAYS: days(90).describe('Days after which a session ends however much it is used.'),
})

export type Environment = z.output<typeof environmentSchema>
