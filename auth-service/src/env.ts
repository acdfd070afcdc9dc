import { fileURLToPath } from 'node:url'

import { commonEnvironment, httpEnvironment, port, secret } from '@likeness/service-kit/process'
import { z } from 'zod'

export const environmentSchema = z
  .object({
    ...commonEnvironment,
    ...httpEnvironment,
    PORT: port(3002).describe('The port for clients and for the other services.'),
    MAIN_SERVICE_URL: z.url().default('http://127.0.0.1:3000').describe('Where main-service answers `/internal`.'),
    SIGNING_KEY: z
      .string()
      .transform((pem) => pem.replaceAll('\\n', '\n'))
      .optional()
      .describe('The P-256 private key that signs tokens, PEM; `\\n` may stand for line breaks. Production needs it.'),
    KEYS_DIR: z
      .string()
      .default(fileURLToPath(new URL('../../.local/keys', import.meta.url)))
      .describe('Where a signing key is made and kept when SIGNING_KEY is not set (development only).'),
    REFRESH_KEY: secret('refresh-development-secret').describe(
      'The secret that refresh and device tokens are made with; the same in every replica.',
    ),
    MAIN_SERVICE_CLIENT_SECRET: secret('main-service-development-secret').describe(
      'What main-service shows to get a token for `/internal`.',
    ),
    MEDIAS_SERVICE_CLIENT_SECRET: secret('medias-service-development-secret').describe(
      'What medias-service shows to get a token for `/internal`.',
    ),
    ACCESS_TOKEN_SECONDS: z.coerce
      .number()
      .int()
      .min(30)
      .max(3_600)
      .default(900)
      .describe('How long an access token lasts.'),
  })
  .refine(({ NODE_ENV, SIGNING_KEY }) => NODE_ENV !== 'production' || SIGNING_KEY, {
    path: ['SIGNING_KEY'],
    // Told together with whatever else is wrong.
    when: () => true,
    message: 'production needs one; `openssl ecparam -name prime256v1 -genkey -noout` makes it',
  })

export type Environment = z.output<typeof environmentSchema>
