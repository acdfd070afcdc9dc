import { fileURLToPath } from 'node:url'

import { commonEnvironment, httpEnvironment, port, secret } from '@likeness/service-kit/process'
import { z } from 'zod'

export const environmentSchema = z
  .object({
    ...commonEnvironment,
    ...httpEnvironment,
    PORT: port(3002).describe('Port for clients and for the other services.'),
    MAIN_SERVICE_URL: z
      .url()
      .default('http://127.0.0.1:3000')
      .describe('URL of main-service for calls between services.'),
    SIGNING_KEY: z
      .string()
      .transform((pem) => pem.replaceAll('\\n', '\n'))
      .optional()
      .describe('Private key (P-256, PEM) that signs tokens. `\\n` may replace line breaks. Required in production.'),
    KEYS_DIR: z
      .string()
      .default(fileURLToPath(new URL('../../.local/keys', import.meta.url)))
      .describe('Folder in which a signing key is created when SIGNING_KEY is not set (development only).'),
    REFRESH_KEY: secret('refresh-development-secret').describe(
      'Secret from which refresh and device tokens are derived. Must be the same in every replica.',
    ),
    MAIN_SERVICE_CLIENT_SECRET: secret('main-service-development-secret').describe(
      'Secret of main-service for its own tokens. Must equal SERVICE_CLIENT_SECRET of main-service.',
    ),
    MEDIAS_SERVICE_CLIENT_SECRET: secret('medias-service-development-secret').describe(
      'Secret of medias-service for its own tokens. Must equal SERVICE_CLIENT_SECRET of medias-service.',
    ),
    ACCESS_TOKEN_SECONDS: z.coerce
      .number()
      .int()
      .min(30)
      .max(3_600)
      .default(900)
      .describe('Lifetime of an access token in seconds.'),
  })
  .refine(({ NODE_ENV, SIGNING_KEY }) => NODE_ENV !== 'production' || SIGNING_KEY, {
    path: ['SIGNING_KEY'],
    // Runs even if other variables are invalid, so that all errors are reported together.
    when: () => true,
    message: 'is required in production; `openssl ecparam -name prime256v1 -genkey -noout` creates one',
  })

export type Environment = z.output<typeof environmentSchema>
